import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Finding } from '../../src/domain/audit-event/verdict.ts'
import { verify, writeBatch } from '../support/audit-log.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { type OpenStore, stores } from '../support/stores.ts'

type Row = Awaited<ReturnType<Portal['database']['auditEvent']['findMany']>>[number]
type SealRow = Awaited<ReturnType<Portal['database']['auditSeal']['findMany']>>[number]

const unsealed = { batch: null, position: null, seal: null, erasure: null }
const rowColumns = [
  ...['at', 'action', 'actorId', 'subjectId', 'ip', 'userAgent', 'requestId', 'details', 'count'],
  ...['closesAt', 'seal', 'erasure'],
] as (keyof Row)[]
const sealColumns = [
  ...['previous', 'sealedAt', 'newestAt', 'rows', 'members', 'content', 'hash', 'signature', 'removedAt'],
] as (keyof SealRow)[]

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  describe(`whoever writes to the audit log behind the portal's back is found: ${name}`, () => {
    let store: OpenStore
    let portal: Portal
    let rows: Row[] = []
    let seals: SealRow[] = []

    before(async () => {
      store = await open()
      portal = await openPortal({ settings: store.settings })
      for (let batch = 0; batch < 3; batch++) await writeBatch(portal, batch)
      await portal.services.repositories.sealedEvents.forgetPerson('grace', 500)
      await readLog()
    })
    after(async () => {
      await portal.close({ patienceMs: 0 })
      await store.close()
    })

    async function readLog() {
      rows = await portal.database.auditEvent.findMany({ orderBy: [{ batch: 'asc' }, { position: 'asc' }] })
      seals = await portal.database.auditSeal.findMany({ orderBy: { number: 'asc' } })
    }

    /** Does it, looks what is found, and puts everything back. */
    async function tamper(work: (database: Portal['database']) => Promise<unknown>): Promise<Finding[]> {
      const { database } = portal
      await work(database)
      const { findings } = await verify(portal)
      await database.auditEvent.deleteMany()
      await database.auditSeal.deleteMany()
      await database.auditEvent.createMany({ data: rows })
      await database.auditSeal.createMany({ data: seals })
      return findings
    }

    test('nothing is found in a log that nobody touched, and people who left are counted as such', async () => {
      const { findings, batches, events, anonymised, unsealed } = await verify(portal)

      assert.deepEqual(findings, [])
      assert.deepEqual(
        { batches, events, anonymised, unsealed },
        { batches: 3, events: 12, anonymised: 6, unsealed: 0 },
      )
    })

    test('an event of which any column was changed is named, and no other', async () => {
      for (const row of rows.slice(4, 8))
        for (const column of rowColumns) {
          const data = { [column]: toOther(column, row[column]) }
          const findings = await tamper(({ auditEvent }) =>
            auditEvent.update({ where: { id: row.id }, data }),
          )
          const { id, batch, position } = row
          assert.deepEqual(findings, [{ kind: 'edited', id, batch, position }], column)
        }
    })

    test('an event that takes over what another says is named', async () => {
      const [one, other] = [rows[4], rows[5]] as [Row, Row]
      const { id, batch, position } = one
      for (const columns of [{ seal: other.seal }, { ...other, id, position, batch }]) {
        const findings = await tamper(({ auditEvent }) => auditEvent.update({ where: { id }, data: columns }))
        assert.deepEqual(findings, [{ kind: 'edited', id, batch, position }])
      }
    })

    test('nobody but the portal makes a person forgotten', async () => {
      const marked = rows[2] as Row
      const { id, batch, position } = rows[4] as Row
      const seal = JSON.parse(rows[4]?.seal ?? '')
      const blank = { actorId: null, ip: '', userAgent: '', subjectId: 'deleted', details: '{}' }
      const unsalted = { about: { ...seal.about, salt: null }, by: { ...seal.by, salt: null } }
      for (const erasure of [null, marked.erasure, 'v1.forged']) {
        const data = { ...blank, erasure, seal: JSON.stringify(unsalted) }
        const findings = await tamper(({ auditEvent }) => auditEvent.update({ where: { id }, data }))
        assert.deepEqual(findings, [{ kind: 'edited', id, batch, position }])
      }
    })

    test('an event that was edited to name somebody who then leaves is named, and not counted as theirs', async () => {
      const [own, anonymised] = [rows[4], rows[2]] as [Row, Row]
      const seal = JSON.parse(own.seal ?? '')
      const unsalted = JSON.stringify({ ...seal, about: { ...seal.about, salt: null } })
      const covers: [Row, Partial<Row>][] = [
        [own, { subjectId: 'mallory', details: '{}' }],
        [own, { actorId: 'mallory', ip: '203.0.113.1' }],
        [own, { subjectId: 'mallory', seal: unsalted }],
        [anonymised, { actorId: 'mallory' }],
      ]
      for (const [{ id, batch, position }, data] of covers) {
        const findings = await tamper(async ({ auditEvent }) => {
          await auditEvent.update({ where: { id }, data })
          await portal.services.repositories.sealedEvents.forgetPerson('mallory', 500)
        })
        assert.deepEqual(findings, [{ kind: 'edited', id, batch, position }])
      }
    })

    test('an event that was removed is named, each of several', async () => {
      const gone = [rows[0], rows[6], rows[11]] as Row[]
      const where = { id: { in: gone.map(({ id }) => id) } }
      const findings = await tamper(({ auditEvent }) => auditEvent.deleteMany({ where }))
      assert.deepEqual(
        findings,
        gone.map(({ id, batch, position }) => ({ kind: 'removed', id, batch, position })),
      )
    })

    test('an event that was put in is named, wherever it was put', async () => {
      const like = rows[5] as Row
      const neverSealed = { ...unsealed, closesAt: new Date('2099-01-01') }
      for (const place of [{}, { batch: 99 }, { batch: -1 }, unsealed, neverSealed]) {
        const row = { ...like, at: new Date('2026-11-21T06:00:00Z'), ...place, id: 'put-in' }
        const findings = await tamper(({ auditEvent }) => auditEvent.create({ data: row }))
        const { batch, position } = row
        assert.deepEqual(findings, [{ kind: 'inserted', id: 'put-in', batch, position }])
      }
    })

    test('an event under another id is named by both', async () => {
      const { id, batch, position } = rows[7] as Row
      const findings = await tamper(({ auditEvent }) =>
        auditEvent.update({ where: { id }, data: { id: 'other' } }),
      )
      assert.deepEqual(findings, [
        { kind: 'removed', id, batch, position },
        { kind: 'inserted', id: 'other', batch, position },
      ])
    })

    test('events that changed places are named, and so is one that was moved or taken out', async () => {
      const [one, other] = [rows[5], rows[6]] as [Row, Row]
      const toMoved = ({ id, batch, position }: Row) => ({ kind: 'reordered', id, batch, position })
      const swapped = await tamper(async ({ auditEvent }) => {
        await auditEvent.update({ where: { id: one.id }, data: { position: other.position } })
        await auditEvent.update({ where: { id: other.id }, data: { position: one.position } })
      })
      assert.deepEqual(swapped, [toMoved(one), toMoved(other)])
      for (const batch of [1, 3, 99, null]) {
        const data = { batch }
        const moved = await tamper(({ auditEvent }) => auditEvent.update({ where: { id: one.id }, data }))
        assert.deepEqual(moved, [toMoved(one)])
      }
    })

    test('a batch of which any column was changed is named', async () => {
      for (const seal of seals)
        for (const column of sealColumns) {
          const { number } = seal
          const data = { [column]: toOther(column, seal[column]) }
          const findings = await tamper(({ auditSeal }) => auditSeal.update({ where: { number }, data }))
          const named = findings.filter((finding) => 'batch' in finding && finding.kind.startsWith('batch-'))
          assert.deepEqual(
            named.map((finding) => 'batch' in finding && finding.batch),
            [number],
            column,
          )
        }
    })

    test('a batch whose list of events was replaced by something else is named', async () => {
      for (const members of ['[[5,6]]', '[["\\u0000","x"]]', '[[{},null]]', '[null]', '{}', 'x']) {
        const findings = await tamper(({ auditSeal }) =>
          auditSeal.update({ where: { number: 2 }, data: { members } }),
        )
        assert.deepEqual(findings[0], { kind: 'batch-edited', batch: 2 }, members)
      }
    })

    test('batches that were removed, renumbered or exchanged are named', async () => {
      for (const [gone, isFound] of [
        [1, { kind: 'batches-removed', from: 1, to: 1 }],
        [2, { kind: 'batches-removed', from: 2, to: 2 }],
      ] as const) {
        const findings = await tamper(async ({ auditEvent, auditSeal }) => {
          await auditSeal.delete({ where: { number: gone } })
          await auditEvent.deleteMany({ where: { batch: gone } })
        })
        assert.deepEqual(findings, [isFound])
      }
      const renumbered = await tamper(({ auditSeal }) =>
        auditSeal.update({ where: { number: 2 }, data: { number: 7 } }),
      )
      assert.deepEqual(renumbered.slice(0, 1), [{ kind: 'batches-removed', from: 2, to: 2 }])
      const exchanged = await tamper(async ({ auditSeal }) => {
        const [, two, three] = seals as [SealRow, SealRow, SealRow]
        await auditSeal.update({ where: { number: 2 }, data: { ...three, number: 2 } })
        await auditSeal.update({ where: { number: 3 }, data: { ...two, number: 3 } })
      })
      assert.ok(exchanged.some((finding) => finding.kind === 'batch-edited' && finding.batch === 2))
    })

    test('an end that was cut off, or sealed again from scratch, lacks the head that the log named', async () => {
      const head = seals[2]?.hash ?? ''
      assert.deepEqual((await verify(portal, head)).findings, [])
      const lacking: Finding[][] = []
      await tamper(async ({ auditEvent, auditSeal }) => {
        await auditSeal.delete({ where: { number: 3 } })
        await auditEvent.deleteMany({ where: { batch: 3 } })
        lacking.push((await verify(portal, head)).findings)
        await auditSeal.deleteMany()
        await auditEvent.updateMany({ data: { ...unsealed, ip: '203.0.113.1' } })
        await portal.services.sealing.sealAll()
        lacking.push((await verify(portal, head)).findings)
      })
      assert.deepEqual(lacking, [[{ kind: 'head-missing', head }], [{ kind: 'head-missing', head }]])
      assert.ok(portal.lines.some((line) => line.includes(head) && line.includes('"level":"info"')))
    })
  }) // AUT-12
}

/** Something else that the column can hold. */
function toOther(column: string, value: unknown) {
  if (value instanceof Date) return new Date(value.getTime() + 1)
  if (typeof value === 'number') return value + 1
  if (column.endsWith('At')) return new Date(0)
  return value === null ? 'x' : `${value} `
}
