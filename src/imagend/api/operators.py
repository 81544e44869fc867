"""What operators do over HTTP: accounts, keys, credits, refunds. JSON in and out; every route wants scope `admin`.

GET POST         /admin/accounts
GET PATCH        /admin/accounts/{account_id}
GET              /admin/books
GET POST         /admin/accounts/{account_id}/keys
POST             /admin/accounts/{account_id}/credits
GET              /admin/accounts/{account_id}/ledger
GET              /admin/keys
GET PATCH DELETE /admin/keys/{key_id}
POST             /admin/requests/{request_id}/refund
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imagend.api.answers import json_answer
from imagend.api.body import read_object
from imagend.api.orders import Orders
from imagend.api.services import Services
from imagend.core.errors import BadParameter
from imagend.core.ledger import to_credits
from imagend.core.params import Integer, Text, read_flag
from imagend.desk.accounts import Key
from imagend.desk.credits import Note
from imagend.desk.keys import ADMIN
from imagend.desk.listing import account_row, balance_row, books_row, entry_row, key_row, quarantine_row
from imagend.desk.terms import read_account_terms, read_amount, read_key_terms, read_price

_PAGE = Integer(minimum=1, maximum=1000)
_SEQ = Integer(minimum=0, maximum=2**62)
_WORDS = Text(max_length=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of an operator, read and admitted."""

    key: Key
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: dict[str, object]

    def pop(self, name: str, read: Callable[[str, object], Any], default: Any = None) -> Any:
        """A field of the body that is no term; None and missing are the same."""
        value = self.body.pop(name, None)
        return default if value is None else read(name, value)

    def note(self) -> Note:
        """`reason` and `reference`, with the operator's key."""
        return Note(
            reason=self.pop("reason", _WORDS.read, ""),
            reference=self.pop("reference", _WORDS.read),
            actor=self.key.id,
        )

    def done(self) -> None:
        """Raises BadParameter for what nobody has taken from the body."""
        for name in self.body:
            raise BadParameter(name, f"{name} is not known here")


Handler = Callable[[Call], Any]


class Operators:
    """Handlers run in threads."""

    def __init__(self, orders: Orders, services: Services) -> None:
        self._orders = orders
        self._accounts = services.accounts
        self._desk = services.desk
        self._clock = services.clock
        self._slugs = [card.slug for card in services.catalog]
        self._max_body_bytes = services.max_body_bytes

    def routes(self) -> list[BaseRoute]:
        table: dict[str, dict[str, Handler]] = {
            "/admin/accounts": {"GET": self.accounts, "POST": self.new_account},
            "/admin/accounts/{account_id}": {"GET": self.account, "PATCH": self.change_account},
            "/admin/books": {"GET": self.books},
            "/admin/accounts/{account_id}/keys": {"GET": self.keys, "POST": self.new_key},
            "/admin/accounts/{account_id}/credits": {"POST": self.grant},
            "/admin/accounts/{account_id}/ledger": {"GET": self.ledger},
            "/admin/keys": {"GET": self.all_keys},
            "/admin/keys/{key_id}": {"GET": self.key, "PATCH": self.change_key, "DELETE": self.revoke},
            "/admin/requests/{request_id}/refund": {"POST": self.refund},
            "/admin/quarantine": {"GET": self.quarantine},
        }
        return [self._route(path, handlers) for path, handlers in table.items()]

    def _route(self, path: str, handlers: Mapping[str, Handler]) -> Route:
        async def endpoint(request: Request) -> Response:
            key = await self._orders.key(request, scope=ADMIN)
            body = await read_object(request, self._max_body_bytes) if request.method in ("POST", "PATCH") else {}
            call = Call(key=key, path=request.path_params, query=request.query_params, body=body)
            handler = handlers["GET" if request.method == "HEAD" else request.method]
            return json_answer(await run_in_threadpool(handler, call))

        return Route(path, endpoint, methods=list(handlers))

    # --- accounts

    def accounts(self, call: Call) -> Any:
        rows = self._accounts.page_of_accounts(call.query.get("after", ""), _most(call))
        return {"accounts": [account_row(account) for account in rows]}

    def account(self, call: Call) -> Any:
        return account_row(self._accounts.account(call.path["account_id"]))

    def new_account(self, call: Call) -> Any:
        given = call.pop("credits", _not_negative, 0)
        terms = read_account_terms(call.body, self._clock())
        if "name" not in terms:
            raise BadParameter("name", "name must be given")
        return account_row(self._accounts.create_account(terms["name"], given, terms, call.key.id))

    def change_account(self, call: Call) -> Any:
        changes = read_account_terms(call.body, self._clock())
        return account_row(self._accounts.change_account(call.path["account_id"], changes))

    def books(self, call: Call) -> Any:
        return books_row(self._accounts.books())

    # --- keys

    def keys(self, call: Call) -> Any:
        account = self._accounts.account(call.path["account_id"])
        return {"keys": [key_row(key) for key in self._accounts.list(account.id)]}

    def all_keys(self, call: Call) -> Any:
        rows = self._accounts.page_of_keys(call.query.get("after", ""), _most(call))
        return {"keys": [key_row(key) for key in rows]}

    def key(self, call: Call) -> Any:
        return key_row(self._accounts.key(call.path["key_id"]))

    def new_key(self, call: Call) -> Any:
        """`key`: an existing one to import; `long`: a longer one than usual. The answer alone shows the key."""
        imported, long = call.pop("key", _secret), call.pop("long", read_flag, False)
        terms = read_key_terms(call.body, self._clock(), self._slugs)
        secret, key = self._accounts.add_key(call.path["account_id"], terms, secret=imported, long=long)
        return {"key": secret, **key_row(key)}

    def change_key(self, call: Call) -> Any:
        changes = read_key_terms(call.body, self._clock(), self._slugs)
        return key_row(self._accounts.change_key(call.path["key_id"], changes))

    def revoke(self, call: Call) -> Any:
        self._accounts.revoke(call.path["key_id"])
        return self.key(call)

    # --- money

    def grant(self, call: Call) -> Any:
        note, amount = call.note(), call.pop("amount", read_amount)
        call.done()
        if not amount:
            raise BadParameter("amount", "amount must be a number of credits other than 0; negative takes back")
        balance = self._accounts.credits.grant(call.path["account_id"], amount, note)
        return {"account": call.path["account_id"], "credits": balance_row(balance)}

    def refund(self, call: Call) -> Any:
        note, amount = call.note(), call.pop("amount", read_price)
        call.done()
        request_id = call.path["request_id"]
        account_id, back = self._accounts.credits.refund(request_id, amount, note)
        balance = balance_row(self._accounts.balance(account_id))
        return {"account": account_id, "request_id": request_id, "refunded": to_credits(back), "credits": balance}

    # --- what went wrong

    def quarantine(self, call: Call) -> Any:
        rows = self._desk.quarantine(call.query.get("after", ""), _most(call))
        return {"requests": [quarantine_row(row) for row in rows]}

    def ledger(self, call: Call) -> Any:
        after = _SEQ.read("after", call.query.get("after", "0"))
        rows = self._accounts.credits.entries(call.path["account_id"], after, _most(call))
        return {"entries": [entry_row(row) for row in rows]}


def _most(call: Call) -> int:
    return _PAGE.read("limit", call.query.get("limit", "100"))


def _secret(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadParameter(name, f"{name} must be a string")
    return value


def _not_negative(name: str, value: object) -> int:
    amount = read_amount(name, value)
    if amount < 0:
        raise BadParameter(name, f"{name} must not be negative")
    return amount
