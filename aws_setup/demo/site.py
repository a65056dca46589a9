"""The site as the demo serves it: with one page more, on which a business signs up."""

from functools import partial
from importlib import import_module
from types import ModuleType

from botocore.exceptions import ClientError
from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path

from aws_setup.demo.people import Person
from aws_setup.demo.stage import Stage

TEMPLATE = "demo/sign_up.html"


class SignUpForm(forms.Form):
    """What somebody types to sign up. Cognito keeps a longer name out."""

    business_name = forms.CharField(max_length=256)
    email = forms.EmailField(label="E-mail", max_length=256)


class CodeForm(forms.Form):
    """What somebody types to confirm, and who they are."""

    code = forms.CharField(label="Code", max_length=2048)
    email = forms.EmailField(widget=forms.HiddenInput)
    sub = forms.UUIDField(widget=forms.HiddenInput)


class DemoSite(WSGIHandler):
    """The site's own handler, with the sign-up page at /demo/."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._urls = _urls(stage)

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request by the demo's URLs.

        https://docs.djangoproject.com/en/stable/ref/request-response/#django.http.HttpRequest.urlconf
        """
        vars(request)["urlconf"] = self._urls  # Django's type hints allow only a module's name
        return super().get_response(request)


def _urls(stage: Stage) -> ModuleType:
    site = import_module(settings.ROOT_URLCONF)
    urls = ModuleType("demo_urls")
    vars(urls).update(vars(site))
    page = path("demo/", partial(sign_up_page, stage), name="demo_sign_up")
    vars(urls)["urlpatterns"] = [page, *site.urlpatterns]
    return urls


def sign_up_page(stage: Stage, request: HttpRequest) -> HttpResponse:
    """Sign a business up, in two steps: the form, and the code that Cognito would send by mail."""
    if request.method != "POST":
        return _page(request, form=SignUpForm())
    form = CodeForm(request.POST) if "code" in request.POST else SignUpForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form)
    try:
        if isinstance(form, CodeForm):
            return _confirm(stage, request, form.cleaned_data)
        return _sign_up(stage, request, form.cleaned_data)
    except ClientError as error:
        form.add_error(None, f"Cognito says: {error.response['Error']['Message']}")
        return _page(request, form=form)


def _sign_up(stage: Stage, request: HttpRequest, typed: dict[str, str]) -> HttpResponse:
    person = Person(typed["business_name"], typed["email"])
    sub = stage.sign_up(person)
    known = {"email": person.email, "sub": sub, "code": stage.code_for(sub)}
    return _page(request, form=CodeForm(initial=known), code=known["code"])


def _confirm(stage: Stage, request: HttpRequest, typed: dict[str, str]) -> HttpResponse:
    stage.confirm(typed["email"], typed["code"])
    return _page(request, sub=str(typed["sub"]))


def _page(request: HttpRequest, **context: object) -> HttpResponse:
    frame = {**admin.site.each_context(request), "title": "Sign up a business"}
    return TemplateResponse(request, TEMPLATE, {**frame, **context})
