import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTransport } from 'nodemailer'
import { openMailServer } from './mail-server.ts'

const letter = {
  from: 'portal@example.com',
  to: 'ada@example.com',
  subject: 'Grüße',
  text: 'https://example.com/?a=b',
}

test('a mail arrives as it was written, in the order of the subjects asked for', async () => {
  const mailbox = await openMailServer()
  try {
    const arriving = mailbox.nextMail((mail) => mail.subject === 'second')
    const transport = createTransport(mailbox.url)
    await transport.sendMail({ ...letter, html: '<p>Hello</p>' })
    await transport.sendMail({ ...letter, subject: 'second' })

    assert.equal((await arriving).subject, 'second')
    const first = await mailbox.nextMail()
    assert.equal(first.subject, letter.subject)
    assert.equal(first.text?.trim(), letter.text)
    assert.match(first.html ?? '', /<p>Hello<\/p>/)
    assert.deepEqual(first.envelope.to, [letter.to])
    await assert.rejects(mailbox.nextMail(undefined, { withinMs: 20 }), /did not come.*Grüße, second/)
  } finally {
    await mailbox.close()
  }
})

test('a refused mail is not kept, and the next one is taken again', async () => {
  const mailbox = await openMailServer({ refuseWith: 451 })
  const transport = createTransport(mailbox.url)
  try {
    await assert.rejects(transport.sendMail(letter), { responseCode: 451 })
    mailbox.accept()
    await transport.sendMail(letter)
    assert.equal(mailbox.mails.length, 1)
  } finally {
    await mailbox.close()
  }
})

test('a mailbox with a password takes mail only with it', async () => {
  const mailbox = await openMailServer({ auth: { user: 'portal', pass: 'a b@c' } })
  try {
    await assert.rejects(createTransport({ host: '127.0.0.1', port: mailbox.port }).sendMail(letter))
    await createTransport(mailbox.url).sendMail(letter)
    assert.equal(mailbox.mails.length, 1)
  } finally {
    await mailbox.close()
  }
})
