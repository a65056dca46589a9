"""Registers the admin pages for each model; each admin's `get_urls` maps URLs to views."""

from django.contrib import admin
from django.contrib.auth.models import Group, User

from businesses.models import Business, HistoryEntry, Onboarding
from businesses.pages.business.admin import BusinessAdmin
from businesses.pages.onboarding.admin import OnboardingAdmin
from businesses.pages.staff.accounts import StaffGroupAdmin, StaffUserAdmin
from businesses.pages.staff.history_admin import HistoryAdmin

admin.site.register(Business, BusinessAdmin)
admin.site.register(Onboarding, OnboardingAdmin)
admin.site.register(HistoryEntry, HistoryAdmin)
admin.site.unregister([User, Group])
admin.site.register(User, StaffUserAdmin)
admin.site.register(Group, StaffGroupAdmin)
