"""Runs one field's resolver: a unit resolver, or a pipeline of functions.

https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-overview-js.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_setup.local.appsync.data_sources import requests as data_sources
from aws_setup.local.appsync.data_sources.elements import not_supported
from aws_setup.local.appsync.data_sources.requests import Network
from aws_setup.local.appsync.deployed import APPSYNC_JS, Api, Step
from aws_setup.local.appsync.errors import DataSourceFailed, FieldFailed, from_script
from aws_setup.local.appsync.javascript.engine import (
    CodeInvalid,
    EvaluationContext,
    NotSupported,
    Outcome,
    evaluate,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCall:
    """One field to resolve."""

    type_name: str
    field_name: str
    arguments: Mapping[str, Any]
    source: Any  # what the parent field resolved to; None at the top
    identity: Mapping[str, Any]
    request_headers: Mapping[str, str]
    info: Mapping[str, Any]  # ctx.info


@dataclass(slots=True, kw_only=True)
class Run:
    """The resolution of one field, which collects the stash and the appended errors on the way.

    subscription_filter: the filter that a subscription's resolver set, None if it set none.
    """

    api: Api
    call: FieldCall
    network: Network
    evaluation_context: Callable[[], EvaluationContext]  # called for each handler
    stash: dict[str, Any] = field(default_factory=dict)
    appended: list[FieldFailed] = field(default_factory=list)
    subscription_filter: Mapping[str, Any] | None = None

    def resolve(self, resolver: Step) -> Any:
        """Return the field's value. Raises FieldFailed."""
        if not resolver.is_pipeline:
            value, _skip_to = self._step(resolver, None)
            return value
        before = self._handle(resolver, "request", {})
        previous = before.value
        if before.status != "earlyReturn":
            for function_id in resolver.function_ids:
                previous, skip_to = self._step(self._function(function_id), previous)
                if skip_to == "END":
                    break
        after = {"prev": {"result": previous}, "result": previous}
        return self._handle(resolver, "response", after).value

    def _function(self, function_id: str) -> Step:
        try:
            return self.api.functions[function_id]
        except KeyError:
            raise FieldFailed(f"No function found with id {function_id}", "NotFound") from None

    def _step(self, step: Step, previous: Any) -> tuple[Any, str]:
        """Return the result of a function or unit resolver, and where the pipeline goes on."""
        given: dict[str, Any] = {"prev": {"result": previous}}
        asked = self._handle(step, "request", given)
        if asked.status == "earlyReturn":
            return asked.value, asked.skip_to
        source = self.api.data_sources.get(step.data_source)
        if source is None:
            raise FieldFailed(f"No data source found named {step.data_source}", "NotFound")
        try:
            given["result"] = data_sources.call(self.api, source, asked.value, self.network)
        except DataSourceFailed as failure:
            given["error"] = {"message": failure.message, "type": failure.error_type}
            given["result"] = failure.result
        answered = self._handle(step, "response", given)
        return answered.value, answered.skip_to

    def _handle(self, step: Step, handler: str, given: Mapping[str, Any]) -> Outcome:
        if step.runtime != APPSYNC_JS:
            raise not_supported(f"{step.name}: a resolver of mapping templates")
        try:
            outcome = evaluate(step.code, handler, self._context(given), self.evaluation_context())
        except (CodeInvalid, NotSupported) as error:
            raise FieldFailed(str(error), "Code") from error
        self.stash = outcome.stash
        self.subscription_filter = outcome.subscription_filter or self.subscription_filter
        name = self.call.type_name, self.call.field_name
        self.appended += [from_script(error, *name) for error in outcome.appended]
        if outcome.error is not None:
            raise from_script(outcome.error, *name)
        if outcome.status == "missing":
            raise FieldFailed(f"The code of {step.name} does not export {handler}.", "Code")
        return outcome

    def _context(self, given: Mapping[str, Any]) -> dict[str, Any]:
        call = self.call
        return {
            "arguments": call.arguments,
            "args": call.arguments,
            "source": call.source,
            "identity": call.identity,
            "stash": self.stash,
            "env": self.api.environment,
            "request": {"headers": call.request_headers, "domainName": None},
            "info": call.info,
            **given,
        }
