"""The backend's records as Django models for the admin, and the models of the site's database."""

from typing import Any, Self

from django.conf import settings
from django.contrib.admin.utils import quote
from django.db import models
from django.urls import reverse
from django.utils import timezone

from businesses.records import business as records
from businesses.records import onboarding as onboarding_records
from businesses.records.drift import Compared
from businesses.records.identity import Membership


class NotInDatabase(models.Manager[Any]):
    """A manager without rows: they are in DynamoDB, so dumpdata, for example, finds none."""

    def get_queryset(self) -> "models.QuerySet[Any]":
        """Return a queryset that never queries the database."""
        return super().get_queryset().none()


class Business(Compared, models.Model):
    """A read-only view of one item of the Business table, without a database table of its own.

    record: the record it shows. membership: what Cognito says about the owner; None when unknown.
    late_number: among the rows of a page whose owners' groups are yet to be read; None otherwise.
    """

    id = models.CharField("ID", primary_key=True, max_length=2048)
    name = models.CharField(max_length=2048)
    email = models.CharField("e-mail", max_length=2048)
    group_name = models.CharField("group signed up for", max_length=128)
    owner = models.CharField(max_length=2048)
    created_at = models.DateTimeField("created", null=True)
    updated_at = models.DateTimeField("updated", null=True)

    record: records.Business
    membership: Membership | None = None
    outside_since: str = ""
    late_number: int | None = None

    objects = NotInDatabase()

    class Meta:
        """Businesses are seen and exported here; nobody adds, changes or deletes one."""

        managed = False
        default_permissions = ("view",)
        permissions = (("export_business", "Can export businesses"),)
        base_manager_name = "objects"
        verbose_name = "business"
        verbose_name_plural = "businesses"

    def __str__(self) -> str:
        return self.name or self.email or self.id

    @classmethod
    def from_record(cls, record: records.Business) -> Self:
        """Return the model for a record; times that cannot be parsed are None."""
        business = cls(
            id=record.id,
            name=record.name,
            email=record.email,
            group_name=record.group_name,
            owner=record.owner,
            created_at=records.parse_time(record.created_at),
            updated_at=records.parse_time(record.updated_at),
        )
        business.record = record
        return business


class Onboarding(Compared, models.Model):
    """A read-only view of one item of the Onboarding table, without a database table of its own.

    record: the record it shows.
    """

    sub = models.CharField(primary_key=True, max_length=2048)
    email = models.CharField("e-mail", max_length=2048)
    name = models.CharField(max_length=2048)
    group_name = models.CharField("group", max_length=128)
    username = models.CharField(max_length=128)
    status = models.CharField(max_length=16)
    source = models.CharField(max_length=16)

    record: onboarding_records.Onboarding

    objects = NotInDatabase()

    class Meta:
        """The permission to retry also covers dismissing and reopening; nobody edits a record."""

        managed = False
        default_permissions = ("view",)
        permissions = (
            ("retry_onboarding", "Can retry and dismiss stuck onboardings"),
            ("export_onboarding", "Can export onboardings"),
        )
        base_manager_name = "objects"
        verbose_name = "stuck onboarding"

    def __str__(self) -> str:
        return self.name or self.email or self.sub

    @classmethod
    def from_record(cls, record: onboarding_records.Onboarding) -> Self:
        """Return the model for a record."""
        onboarding = cls(
            sub=record.sub,
            email=record.email,
            name=record.name,
            group_name=record.group_name,
            username=record.username,
            status=record.status,
            source=record.source,
        )
        onboarding.record = record
        return onboarding


class Sweep(models.Model):
    """One run of `manage.py find_stuck_onboardings`; this model is in the database.

    stack, region: what was swept; "" in rows that are older than these fields and belong to no
    stack. runner: the process and its machine. leased_until: until then nobody else may sweep the
    stack; a sweep that is running moves it on (see businesses/sweep/lease.py).
    found: users recorded as stuck. completed: records of users who turned out not to be stuck.
    drifted: users with a Business who are no longer in its group. A dry run counts what it would
    have recorded. finished_at: None while the sweep runs, or if its process was killed and no other
    sweep has begun since. error: why it ended early; "" if it did not.
    """

    stack = models.CharField(max_length=128, blank=True)
    region = models.CharField(max_length=64, blank=True)
    runner = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField("started")
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField("finished", null=True)
    users_seen = models.PositiveBigIntegerField(default=0)
    found = models.PositiveBigIntegerField(default=0)
    completed = models.PositiveBigIntegerField(default=0)
    drifted = models.PositiveBigIntegerField(default=0)
    dry_run = models.BooleanField(default=False)
    error = models.TextField(blank=True)

    class Meta:
        """No permissions are needed, because only the list of stuck onboardings shows a sweep."""

        default_permissions = ()
        get_latest_by = ordering = ("started_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("stack", "region"),
                condition=models.Q(finished_at__isnull=True, stack__gt=""),
                name="one_running_sweep_of_a_stack",
            ),
        )

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}: {self.found} found, {self.completed} completed"

    @classmethod
    def last_runs(cls, stack: str, region: str) -> "tuple[Self | None, Self | None]":
        """Return a stack's last finished run, and its unfinished run if that started later.

        The second may still be running, or its process was killed. Dry runs do not count, because
        they record nothing. Raises django.db.DatabaseError.
        """
        runs = cls.objects.filter(stack=stack, region=region, dry_run=False).order_by("started_at")
        ended = runs.filter(finished_at__isnull=False).last()
        unfinished = runs.filter(finished_at__isnull=True)
        if ended is not None:
            unfinished = unfinished.filter(started_at__gt=ended.started_at)
        return ended, unfinished.last()


class HistoryEntry(models.Model):
    """One thing that a member of staff did, or was refused; this model is in the database.

    Entries are only added. They outlive the record they are about, and the staff account: its name
    is kept. object_id: the sub, or the id of a business; "" if it is about no single record.
    run: the run (see businesses/audit/runs.py) in which it was done; None if it was none.
    """

    class Kind(models.TextChoices):
        """What an entry is about."""

        ONBOARDING = "onboarding", "stuck onboarding"
        BUSINESS = "business", "business"

    class Action(models.TextChoices):
        """What was done."""

        RETRY_BEGUN = "retry_begun", "retry begun"
        RETRY_COMPLETED = "retry_completed", "retry completed"
        RETRY_FAILED = "retry_failed", "retry failed"
        RETRY_UNRECORDED = "retry_unrecorded", "retry not recorded"
        NOT_RETRIED = "not_retried", "not retried"
        RETRY_NOT_MADE = "retry_not_made", "retry not made"
        FOUND_SETTLED = "found_settled", "found settled"
        DISMISSED = "dismissed", "dismissed"
        REOPENED = "reopened", "reopened"
        NOT_CHANGED = "not_changed", "not changed"
        UNCONFIRMED = "unconfirmed", "change not confirmed"
        REFRESHED = "refreshed", "data taken from Cognito"
        EXPORT_BEGUN = "export_begun", "export begun"
        EXPORTED = "exported", "export ended"
        REFUSED = "refused", "refused"
        ERASED = "erased", "erased"
        OTHER = "other", "other"

    at = models.DateTimeField("time", default=timezone.now)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    staff_name = models.CharField("staff", max_length=150)
    action = models.CharField(max_length=32, choices=Action)
    kind = models.CharField("about", max_length=16, choices=Kind)
    object_id = models.CharField("sub or ID", max_length=2048, blank=True)
    message = models.TextField(blank=True)
    run = models.UUIDField(null=True, editable=False, db_index=True)

    class Meta:
        """Entries are seen; nobody adds, changes or deletes one by hand."""

        default_permissions = ("view",)
        indexes = (
            models.Index(fields=["kind", "object_id", "at"], name="history_of_one"),
            models.Index(fields=["at"], name="history_by_time"),
        )
        ordering = ("at", "pk")
        verbose_name = "history entry"
        verbose_name_plural = "history"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.staff_name}: {self.get_action_display()}"

    def get_history_url(self) -> str:
        """Return the address of the history of what it is about; "" if that is no single record.

        The record may be gone; its history is there.
        """
        if not self.object_id:
            return ""
        return reverse(f"admin:businesses_{self.kind}_history", args=[quote(self.object_id)])
