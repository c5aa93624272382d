/** What a rank loads when it first communicates: many programs start ranks that never do. */
export { connect } from './connect.ts'
export { StartedMembership } from './membership.ts'
export { Session } from './session.ts'
