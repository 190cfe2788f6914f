package fhir_test

import (
	"strings"
	"testing"
)

func TestAttack093MoreThanAResourceHoldsIsNotUnderstood(t *testing.T) {
	many := func(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	judge(t, permissionPlan(), []judged{
		{"contained", `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"contained":[` + many(`{"resourceType":"Location","id":"l"}`, 300) + `]}`, "not-understood"},
		{"codings that classify", `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"category":[{"coding":[` + many(`{"system":"`+observationCategory+`","code":"laboratory"}`, 300) + `]}]}`, "not-understood"},
		{"codings that do not", `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"category":[{"coding":[` + many(`{"system":"x","code":"y"}`, 300) + `]}]}`, "released as observations"},
	})
}
