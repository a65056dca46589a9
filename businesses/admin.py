"""The admin's pages, by model; which view serves which address, each admin's `get_urls` says."""

from django.contrib import admin

from businesses.models import Business, Onboarding
from businesses.pages.business.admin import BusinessAdmin
from businesses.pages.onboarding.admin import OnboardingAdmin

admin.site.register(Business, BusinessAdmin)
admin.site.register(Onboarding, OnboardingAdmin)
