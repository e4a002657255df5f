/**
 * What to ask once it is on the screen: the reference means several images or platforms and the first is shown; or it is
 * no image but an artifact, whose documents and blobs the index view shows.
 */
export type Offer = 'image' | 'platform' | 'artifact' | undefined
