"""One bucket of an S3-compatible store: its address, its key, and signed URLs that others may use without the key.

Signed by AWS Signature Version 4 (query parameters), "Authenticating Requests: Using Query Parameters" in Amazon's API
reference. obstore signs URLs too, but no headers; ours bind a PUT to one content and to a name that is still free.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

LONGEST_SECONDS = 604_800  # of a signed URL, as the protocol has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    name: str
    prefix: str = ""  # before every key; no slash at its ends
    endpoint: str = ""  # http(s)://host[:port]; "" is Amazon's of the region
    region: str = "us-east-1"
    path_style: bool = True  # https://host/bucket/key; else https://bucket.host/key
    key_id: str
    secret: str = field(repr=False)
    session_token: str = field(default="", repr=False)

    @property
    def base_url(self) -> str:
        """What stands before `/key`, without the prefix."""
        scheme, _, host = self._endpoint.partition("://")
        return f"{scheme}://{host}/{self.name}" if self.path_style else f"{scheme}://{self.name}.{host}"

    @property
    def store_endpoint(self) -> str:
        """What obstore calls the endpoint: with the bucket's name in front where that is part of the host."""
        return self._endpoint if self.path_style else self.base_url

    @property
    def _endpoint(self) -> str:
        return self.endpoint.rstrip("/") or f"https://s3.{self.region}.amazonaws.com"

    def signed_url(
        self, method: str, key: str, *, at: float, seconds: int, headers: Mapping[str, str] | None = None
    ) -> str:
        """A URL for one method on one key from `at` (epoch seconds) on for `seconds` (1..604800). Who uses it must
        send exactly `headers` (lower-case names)."""
        assert 1 <= seconds <= LONGEST_SECONDS
        url = urlsplit(f"{self.base_url}/{self.prefix}/{key}" if self.prefix else f"{self.base_url}/{key}")
        signed = dict(sorted({"host": url.netloc, **(headers or {})}.items()))
        moment = datetime.fromtimestamp(int(at), UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{self.key_id}/{scope}",
            "X-Amz-Date": moment,
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": ";".join(signed),
        }
        if self.session_token:
            query["X-Amz-Security-Token"] = self.session_token
        words = urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")
        path = quote(url.path, safe="/-_.~")
        listed = "".join(f"{name}:{value}\n" for name, value in signed.items())
        request = "\n".join([method, path, words, listed, ";".join(signed), "UNSIGNED-PAYLOAD"])
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        return f"{url.scheme}://{url.netloc}{path}?{words}&X-Amz-Signature={self._signature(scope, text)}"

    def _signature(self, scope: str, text: str) -> str:
        key = f"AWS4{self.secret}".encode()
        for word in scope.split("/"):
            key = hmac.digest(key, word.encode(), "sha256")
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
