//! Why a call has no answer that could be used.

/// Why a call has no answer that could be used. A refusal with a body (400, 403, 404, 409 and so on) is an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The source's own address is not one that may be spoken to.
    #[error("{0} cannot be used as a source's address: it must begin with https://, or with http:// and a loopback address")]
    Address(String),
    /// The call was for another host than the source's own; it was not made.
    #[error(
        "A call to {asked} was not made: the source's own host is {own}, and nothing is sent elsewhere. Check the source's address; if it is right, tell whoever runs the platform that its answers name another host."
    )]
    ForeignHost {
        /// The host that was named.
        asked: String,
        /// The host of the source.
        own: String,
    },
    /// The platform answered with a redirect, which is never followed.
    #[error("{request} was answered with a redirect ({status}). It was not followed. Check the source's address.")]
    Redirected {
        /// What was asked.
        request: String,
        /// The status.
        status: u16,
    },
    /// A read has no answer after all attempts.
    #[error("{request} had no answer that could be used in {attempts} attempts: {why}. Nothing was changed. It can be tried again later.")]
    NotAnswered {
        /// What was asked.
        request: String,
        /// How often.
        attempts: u32,
        /// What happened last.
        why: String,
    },
    /// A change was sent and its answer was lost: it may have been carried out, or not.
    #[error("{request} was sent, and what came of it is not known: {why}. Look at the platform before it is sent again.")]
    OutcomeUnknown {
        /// What was asked.
        request: String,
        /// What happened.
        why: String,
    },
    /// The platform's limit leaves no room for as long as this call may wait.
    #[error(
        "The platform's limit was reached at {request}; it asks to wait {seconds} seconds, longer than a call may wait here. Go on later."
    )]
    Limited {
        /// What was asked.
        request: String,
        /// For how long it asks to wait.
        seconds: i64,
    },
    /// An answer is larger than is read.
    #[error("The answer to {request} is larger than {most} bytes and was not read. Ask for smaller pages, or raise the limit.")]
    TooLarge {
        /// What was asked.
        request: String,
        /// The limit in bytes.
        most: usize,
    },
    /// The platform does not accept who calls.
    #[error("The platform refused the credentials: {0}")]
    Credentials(String),
    /// The client could not be put together.
    #[error("The HTTP client could not be made: {0}")]
    Client(String),
}
