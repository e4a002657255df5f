/** A command that pulls what is served, for one client. */
export type PullCommand = { readonly client: string; readonly command: string }

/** A place that is served as a registry. All texts come from clients and images: they are escaped when they are drawn. */
export type ServedPlace = {
  /** `http://127.0.0.1:5000` */
  readonly origin: string
  /** Repositories with their tags, as `peel serve` lists them. */
  readonly names: readonly string[]
  readonly pulls: readonly PullCommand[]
  readonly warnings: readonly string[]
}

/** One request that was answered; `bytes` are those of the body that were sent. */
export type ServedRequest = {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly bytes: number
  readonly milliseconds: number
  readonly client: string
}

/** Requests and bytes of one client, or of all. */
type Count = { readonly requests: number; readonly bytes: number }

/** The registry on the serve page. It goes on while other pages are looked at. */
export type ServingSlice =
  | {
      /** The reference that is served, and as a person sees it, escaped. */
      readonly reference: string
      readonly label: string
      /** Undefined while its documents are read. */
      readonly served: ServedPlace | undefined
      readonly total: Count
      readonly clients: ReadonlyMap<string, Count>
      /** The newest first. */
      readonly requests: readonly ServedRequest[]
      /** The screen that the page lies on; undefined where it was left. Over an image the panes know it. */
      readonly on: 'start' | undefined
    }
  | undefined

export type Serving = NonNullable<ServingSlice>

const NOTHING: Count = { requests: 0, bytes: 0 }
/** Requests that are listed, and clients that are told apart: more are counted in the sums alone. */
const [MOST_REQUESTS, MOST_CLIENTS] = [500, 100]

export function startServing(reference: string, label: string, on: Serving['on']): Serving {
  return { reference, label, served: undefined, total: NOTHING, clients: new Map(), requests: [], on }
}

/** With requests that were answered since, the oldest first. */
export function withRequests(serving: Serving, answered: readonly ServedRequest[]): Serving {
  const clients = new Map(serving.clients)
  for (const each of answered) {
    const known = clients.get(each.client)
    if (known !== undefined || clients.size < MOST_CLIENTS) clients.set(each.client, counted(known ?? NOTHING, each))
  }
  return {
    ...serving,
    clients,
    total: answered.reduce(counted, serving.total),
    requests: [...answered.toReversed(), ...serving.requests].slice(0, MOST_REQUESTS),
  }
}

function counted({ requests, bytes }: Count, each: ServedRequest): Count {
  return { requests: requests + 1, bytes: bytes + each.bytes }
}
