"""Registers the admin pages for each model; each admin's `get_urls` maps URLs to views."""

from django.contrib import admin

from businesses.models import Business, HistoryEntry, Onboarding
from businesses.pages.business.admin import BusinessAdmin
from businesses.pages.history_admin import HistoryAdmin
from businesses.pages.onboarding.admin import OnboardingAdmin

admin.site.register(Business, BusinessAdmin)
admin.site.register(Onboarding, OnboardingAdmin)
admin.site.register(HistoryEntry, HistoryAdmin)
