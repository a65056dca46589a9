"""Registers the admin pages for each model; each admin's `get_urls` maps URLs to views."""

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from businesses.models import Business, HistoryEntry, Onboarding
from businesses.pages.business.admin import BusinessAdmin
from businesses.pages.onboarding.admin import OnboardingAdmin
from businesses.pages.staff.accounts import StaffGroupAdmin, StaffUserAdmin
from businesses.pages.staff.history_admin import HistoryAdmin

admin.site.register(Business, BusinessAdmin)
admin.site.register(Onboarding, OnboardingAdmin)
admin.site.register(HistoryEntry, HistoryAdmin)
# Everybody has a page about their own device; nobody needs to see the keys of others.
admin.site.unregister([User, Group, StaticDevice, TOTPDevice])
admin.site.register(User, StaffUserAdmin)
admin.site.register(Group, StaffGroupAdmin)
