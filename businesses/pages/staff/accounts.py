"""Django's own pages about staff accounts and groups, which answer any input in words.

Django passes some input on to the database as it is: any lookup by any field, a search term of any
length, rows' ids and dates of any size. What the database then refuses would fail the page.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList, ChangeListSearchForm
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Permission, User
from django.core.exceptions import BadRequest, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest, HttpResponse

from businesses.pages.staff.second_factor.changes import remove

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[models.Model]
else:
    ModelAdmin = admin.ModelAdmin

TERM_LENGTH = 200
# Apps whose tables nobody sees here, so that their permissions would mean nothing.
WITHOUT_PAGES = ("axes", "otp_static", "otp_totp")
LOOKUPS = {"exact", "id__exact", "isnull"}  # those of the links beside the lists
# In any time zone these are times that a database can hold.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class ShortSearchForm(ChangeListSearchForm):
    """Refuses a longer term than SQLite can compare."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEARCH_VAR] = forms.CharField(
            required=False, strip=False, max_length=TERM_LENGTH
        )


class StrictChangeList(ChangeList):
    """A list that finds nothing with a search term that it refuses."""

    search_form_class = ShortSearchForm

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> "models.QuerySet[models.Model]":
        """Return the rows; none if a message says why the term was refused."""
        rows = super().get_queryset(request, exclude_parameters)
        is_refused = request.GET.get(SEARCH_VAR) and not self.query
        return rows.none() if is_refused else rows


class StrictInput(ModelAdmin):
    """A mixin for pages about rows in the database."""

    def get_changelist(
        self,
        request: HttpRequest,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> type[ChangeList]:
        """Return the list that refuses long search terms."""
        return StrictChangeList

    def lookup_allowed(
        self,
        lookup: str,
        value: str,  # noqa: ARG002
        request: HttpRequest,
    ) -> bool:
        """Return whether one of the list's own filters makes this lookup."""
        name, _, kind = lookup.partition("__")
        filtered: Iterable[Any] = self.get_list_filter(request)
        return name in filtered and kind in LOOKUPS

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> models.Model | None:
        """Return a row; an empty name of a field counts as none."""
        return super().get_object(request, object_id, from_field or None)

    def response_action(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Perform an action. Raises BadRequest if a selected row has an id that no row can have."""
        try:
            for selected in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.clean(self.opts.pk.to_python(selected), None)
        except ValidationError as error:
            raise BadRequest("A selected row has no such id.") from error
        return super().response_action(request, queryset, *args, **kwargs)

    def formfield_for_manytomany(
        self,
        db_field: "models.ManyToManyField[Any, Any]",
        request: Any = None,
        **kwargs: Any,
    ) -> "forms.ModelMultipleChoiceField[Any] | None":
        """Return a field of checkboxes, which need neither a mouse nor a script."""
        kwargs["widget"] = forms.CheckboxSelectMultiple
        if db_field.related_model is Permission:
            without_page = Permission.objects.exclude(content_type__app_label__in=WITHOUT_PAGES)
            kwargs["queryset"] = without_page
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Return a form field; one for a time refuses years that time zones cannot convert."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, models.DateTimeField):
            field.validators += [MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]
        return field


if TYPE_CHECKING:
    OfUsers = UserAdmin[User]
else:
    OfUsers = UserAdmin


class StaffUserAdmin(StrictInput, OfUsers):
    """The pages about staff accounts."""

    actions = ("remove_second_factor",)

    def has_superuser_permission(self, request: HttpRequest) -> bool:
        """Return whether somebody may take the second factor from others."""
        return bool(request.user.is_superuser)

    @admin.action(
        description="Remove the second factor of selected %(verbose_name_plural)s",
        permissions=["superuser"],
    )
    def remove_second_factor(self, request: HttpRequest, users: "models.QuerySet[User]") -> None:
        """Let those log in who lost their phone and their recovery codes."""
        by: Any = request.user
        had_one = [user.username for user in users if remove(user, by)]
        if had_one:
            self.message_user(request, f"Removed the second factor of {', '.join(had_one)}.")
        else:
            nothing = "No selected account has a second factor. Nothing was changed."
            self.message_user(request, nothing, messages.WARNING)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Protect accounts that changed accounts: Django would delete its lines about that too."""
        *found, protected = super().get_deleted_objects(objs, request)
        keys = [each.pk for each in objs]
        authors = User.objects.filter(pk__in=keys, logentry__isnull=False).distinct()
        kept = [
            f"What {each} did about staff accounts. Take away “Active” and leave the account."
            for each in authors
        ]
        return (*found, [*protected, *kept])


class StaffGroupAdmin(StrictInput, GroupAdmin):
    """The pages about groups of staff."""
