"""Addresses of the rules: the register, one rule, what a unit sets about it, how right the rules are."""

from django.urls import path

from mingjing.alerts.views import rule, rule_acts, rule_list

urlpatterns = [
    path("rules/", rule_list.rules, name="rules"),
    path("rules/quality/", rule_list.quality, name="quality"),
    path("rules/<str:code>/", rule.rule, name="rule"),
    path("rules/<str:code>/set/", rule_acts.set_, name="set_rule"),
    path("rules/<str:code>/lift/", rule_acts.lift, name="lift_rule"),
]
