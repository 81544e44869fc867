"""Every way in which imagend says no. The docstring of a class is its default message.

    ImagendError                 code                     retryable
      BadSetting                 bad_setting              no   the server does not start
      BadRequest                 bad_request              no   the body is not what the route reads at all
        BadParameter             bad_parameter            no   one field is wrong; the message names it
          UnknownAccount         unknown_account          no
          UnknownKey             unknown_key              no
      Unauthenticated            unauthenticated          no
      Forbidden                  forbidden                no
      UnknownModel               unknown_model            no
      UnknownRequest             unknown_request          no   unknown, expired or another account's id
        ExpiredRequest           expired                  no   what an idempotency key stands for is forgotten
      UnknownWebhook             unknown_webhook          no   unknown, deleted or another account's id
      InsufficientCredits        insufficient_credits     no
      IdempotencyMismatch        idempotency_key_reused   no
      RateLimited                rate_limited             yes
        QueueFull                queue_full               yes
        TooManyJobs              too_many_jobs            yes  the key or its account has enough that are not final
        DailyCapReached          daily_cap_reached        yes  tomorrow
        ModelUnavailable         model_unavailable        yes  it lost too many workers; see desk/breakers.py
      StaleLease                 fenced                   no   a worker's token is not the row's token any more
      OtherProtocol              other_protocol           no   worker and gateway have no version in common
      TermsChanged               terms_changed            no   a worker keeps to terms that are the gateway's no more
      BlobExists / BlobMissing   blob_exists/blob_missing no
      StorageUnavailable         storage_unavailable      yes
        OutcomeUnknown           storage_unavailable      yes  the connection broke while it was committed
      BackendFailure             backend_failed           yes  the model raised
      ContentBlocked             content_blocked          no

Codes are inside words; only `api/errors.py` turns them into HTTP numbers.
"""

from __future__ import annotations

from typing import ClassVar


class ImagendError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())

    @property
    def message(self) -> str:
        return str(self.args[0])


class BadSetting(ImagendError):
    """A setting is wrong."""

    code = "bad_setting"


class BadRequest(ImagendError):
    """body must be a JSON object"""

    code = "bad_request"


class BadParameter(BadRequest):
    """A parameter is not allowed."""

    code = "bad_parameter"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason if name.lower() in reason.lower() else f"{name}: {reason}")
        self.name = name


class UnknownAccount(BadParameter):
    """There is no such account."""

    code = "unknown_account"

    def __init__(self, account_id: str) -> None:
        super().__init__("account_id", f"account_id {account_id} is not known")


class UnknownKey(BadParameter):
    """There is no such key."""

    code = "unknown_key"

    def __init__(self, key_id: str) -> None:
        super().__init__("key_id", f"key_id {key_id} is not known")


class Unauthenticated(ImagendError):
    """Unauthorized. API key is invalid or may have expired..."""

    code = "unauthenticated"


class Forbidden(ImagendError):
    """This API key may not use this model."""

    code = "forbidden"


class AccountFrozen(ImagendError):
    """This account's books are being checked; it may not order until then."""

    code = "account_frozen"


class UnknownModel(ImagendError):
    """Model not found"""

    code = "unknown_model"

    def __init__(self, slug: str) -> None:
        super().__init__(f"Model not found: {slug}")


class UnknownRequest(ImagendError):
    """Request not found"""

    code = "unknown_request"

    def __init__(self, request_id: str) -> None:
        super().__init__(f"Request {request_id} not found")


class UnknownWebhook(ImagendError):
    """Webhook not found"""

    code = "unknown_webhook"

    def __init__(self, webhook_id: str) -> None:
        super().__init__(f"Webhook {webhook_id} not found")


class ExpiredRequest(UnknownRequest):
    """The result has expired."""

    code = "expired"


class InsufficientCredits(ImagendError):
    """Insufficient credits to process this request"""

    code = "insufficient_credits"


class IdempotencyMismatch(ImagendError):
    """This Idempotency-Key was used with another request body."""

    code = "idempotency_key_reused"


class RateLimited(ImagendError):
    """rate_limit_exceeded"""

    code = "rate_limited"
    retryable = True

    def __init__(
        self, message: str | None = None, *, retry_after_seconds: float = 1.0, reset_at: float | None = None
    ) -> None:
        """reset_at: epoch seconds, when there will be room again, if that can be told."""
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.reset_at = reset_at


class QueueFull(RateLimited):
    """The queue is full; try again later."""

    code = "queue_full"


class TooManyJobs(RateLimited):
    """Too many requests are not finished yet; try again later."""

    code = "too_many_jobs"


class DailyCapReached(RateLimited):
    """The daily spending limit is reached."""

    code = "daily_cap_reached"


class ModelUnavailable(RateLimited):
    """This model is not available at the moment; try again later."""

    code = "model_unavailable"


class StaleLease(ImagendError):
    """This lease is no longer held; drop the result."""

    code = "fenced"


class OtherProtocol(ImagendError):
    """This version of the worker protocol is not spoken here."""

    code = "other_protocol"


class TermsChanged(ImagendError):
    """The gateway's terms have changed; say hello again."""

    code = "terms_changed"


class BlobExists(ImagendError):
    """An object with this key exists already."""

    code = "blob_exists"


class BlobMissing(ImagendError):
    """No such object."""

    code = "blob_missing"


class StorageUnavailable(ImagendError):
    """Storage is unavailable; try again."""

    code = "storage_unavailable"
    retryable = True


class OutcomeUnknown(StorageUnavailable):
    """Storage is unavailable; it is not known whether the request was carried out. Try again."""


class StorageFull(StorageUnavailable):
    """The disk is full; new requests are taken again when it has room."""


class BackendFailure(ImagendError):
    """The model failed."""

    code = "backend_failed"
    retryable = True


class ContentBlocked(ImagendError):
    """Content blocked by safety filter"""

    code = "content_blocked"
