const { hashSync, verifySync } = require('@node-rs/argon2')

type Cost = { memoryCost: number; timeCost: number; parallelism: number }
type Task = { password: string; cost: Cost } | { password: string; passwordHash: string }

module.exports = (task: Task): string | boolean =>
  'cost' in task ? hashSync(task.password, task.cost) : verifySync(task.passwordHash, task.password)
