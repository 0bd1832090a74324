import { z } from 'zod'
import { perPageField } from '../../http/paging.ts'
import { placeField } from '../../http/place.ts'

/** Every part may be left out, or left empty. */
export const historyQuery = z.object({ per_page: perPageField, after: placeField })
