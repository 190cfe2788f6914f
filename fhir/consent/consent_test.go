package consent_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir/consent"
	"github.com/mycarerecord/mcr/nhs"
)

// readAt is when the examples of docs/consent.md are read: soon after they were written.
var readAt = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// consentExamples are the JSON examples of docs/consent.md, in their order.
func consentExamples(t testing.TB) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/consent.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(page, -1) {
		out = append(out, string(m[1]))
	}
	if len(out) != 4 {
		t.Fatalf("docs/consent.md has %d examples, not 4", len(out))
	}
	return out
}

func consentWant() []consent.Consent {
	base := consent.Consent{
		Category: consent.PermissionToView, Status: consent.Active, Decision: consent.Permit,
		UserID: "555021935107",
	}
	base.Patient, _ = nhs.ParseNumber("9990000018")
	base.Organisation, _ = nhs.ParseODSCode("RXA01")
	smallest, whole, withdrawal, emergency := base, base, base, base
	smallest.How = "in-person"
	whole.How, whole.Sensitive, whole.Purpose = "telephone", true, "Review before the fracture clinic"
	whole.Sources = []string{"gp-riverside"}
	whole.Asked = time.Date(2026, 11, 23, 9, 58, 0, 0, time.UTC)
	whole.From = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	whole.Until = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	withdrawal.Status, withdrawal.Permission = consent.Inactive, "019ab5c4-3f10-7c55-a1b2-93f1f0f5a001"
	emergency.Category = consent.EmergencyAccess
	emergency.ReasonCode, emergency.Reason = "life-threatening", "Unconscious after a fall, medication unknown"
	emergency.Until = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)
	return []consent.Consent{smallest, whole, withdrawal, emergency}
}

var compareNumbers = cmp.Comparer(func(a, b nhs.Number) bool { return a == b })
var compareODS = cmp.Comparer(func(a, b nhs.ODSCode) bool { return a == b })

func TestTheExamplesOfTheConsentPageAreUnderstood(t *testing.T) {
	want := consentWant()
	for i, body := range consentExamples(t) {
		got, err := consent.Parse([]byte(body), readAt)
		if err != nil {
			t.Errorf("example %d: %v", i+1, err)
			continue
		}
		if diff := cmp.Diff(want[i], got, compareNumbers, compareODS); diff != "" {
			t.Errorf("example %d (-want +got):\n%s", i+1, diff)
		}
	}
}

func TestAPermissionSentBackInactiveIsItsWithdrawal(t *testing.T) {
	for _, c := range consentWant() {
		again(t, c)
	}
}

// A permission that another system recorded is withdrawn by the id under which it
// was imported, which names its type and its system.
func TestAnImportedPermissionCanBeWithdrawn(t *testing.T) {
	for _, id := range []string{"Consent/p1", "urn:uuid:1|Consent/p1", "https://epr.example/fhir|Consent/p1"} {
		c, err := consent.Parse([]byte(strings.Replace(consentExamples(t)[2], "019ab5c4-3f10-7c55-a1b2-93f1f0f5a001", id, 1)), readAt)
		if err != nil || c.Permission != id {
			t.Errorf("%s: %q, %v", id, c.Permission, err)
		}
	}
}

// What is written with escapes, in names too, is what it stands for.
func TestAConsentWithEscapesIsUnderstood(t *testing.T) {
	smallest := consentExamples(t)[0]
	escaped := strings.NewReplacer(`"status"`, `"\u0073tatus"`, `https://fhir.nhs.uk/Id/nhs-number`, `https:\/\/fhir.nhs.uk\/Id\/nhs-number`).Replace(smallest)
	want, err := consent.Parse([]byte(smallest), readAt)
	if err != nil {
		t.Fatal(err)
	}
	got, err := consent.Parse([]byte(escaped), readAt)
	if diff := cmp.Diff(want, got, compareNumbers, compareODS); diff != "" || err != nil || escaped == smallest {
		t.Errorf("%v\n%s", err, diff)
	}
}

// A Consent is read by the one rule with the options of a Consent. An element that
// the profile has not is refused by name; JSON that is not accepted, as a whole.
func TestAConsentIsReadByTheOneRule(t *testing.T) {
	smallest := consentExamples(t)[0]
	const unread = `is not JSON that every reader understands alike`
	for member, read := range map[string]bool{
		`"x": ` + strings.Repeat(`[`, 11) + `1` + strings.Repeat(`]`, 11): true,
		`"x": ` + strings.Repeat(`[`, 12) + `1` + strings.Repeat(`]`, 12): false,
		`"x": {"m0": 0` + strings.Join(numbered(127), "") + `}`:           true,
		`"x": {"m0": 0` + strings.Join(numbered(128), "") + `}`:           false,
		`"x": [null]`: true, `"x": null`: false, `"x": ""`: false, `"x": []`: false, `"x": {}`: false,
		`"x": "\u000a"`: false, `"\u000a": 1`: false, `"x": "\ufffd"`: false, `"x": {"y": 1, "Y": 1}`: false,
	} {
		_, err := consent.Parse([]byte(strings.Replace(smallest, `"scope"`, member+`, "scope"`, 1)), readAt)
		var wrong *consent.Error
		if !errors.As(err, &wrong) || wrong.Element != "Consent" || (wrong.Problem != unread) != read {
			t.Errorf("%.40s: %v", member, err)
		}
	}
}

// numbered gives so many members, each behind a comma.
func numbered(n int) (members []string) {
	for i := range n {
		members = append(members, fmt.Sprintf(`, "m%d": 0`, i+1))
	}
	return members
}

// Each change of the smallest permission makes it one that is not understood; the
// error names the element and holds nothing of what was sent.
func TestWhatIsNotOfTheConsentProfileIsRefused(t *testing.T) {
	smallest, withdrawal, emergency := consentExamples(t)[0], consentExamples(t)[2], consentExamples(t)[3]
	const provision = `"provision": {"type": "permit"}`
	for name, c := range map[string]struct{ body, old, new, element string }{
		"attack 12: a name twice":                 {smallest, `"status": "active"`, `"status": "active", "status": "inactive"`, "Consent"},
		"attack 12: a name in another case":       {smallest, `"status": "active"`, `"status": "active", "Status": "inactive"`, "Consent"},
		"attack 12: an escaped name twice":        {smallest, `"status": "active"`, `"status": "active", "st\u0061tus": "inactive"`, "Consent"},
		"attack 12: only in another case":         {smallest, `"status"`, `"Status"`, "Consent.status"},
		"attack 12: twice, deeper":                {smallest, `"type": "permit"`, `"type": "permit", "type": "permit"`, "Consent"},
		"attack 12: folding beyond ASCII":         {smallest, `"status": "active"`, `"status": "active", "` + "\u017f" + `tatus": "x"`, "Consent"},
		"attack 114: an empty provision":          {smallest, provision, `"provision": {}`, "Consent"},
		"attack 114: no provision":                {smallest, ",\n  " + provision, ``, "Consent.provision"},
		"attack 114: a provision of nothing":      {smallest, provision, `"provision": {"purpose": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}]}`, "Consent.provision.type"},
		"attack 114: a nested provision":          {smallest, provision, `"provision": {"type": "permit", "provision": [{"type": "deny"}]}`, "Consent.provision"},
		"attack 114: an empty actor":              {smallest, provision, `"provision": {"type": "permit", "actor": []}`, "Consent"},
		"limited in a way of its own":             {smallest, provision, `"provision": {"type": "permit", "class": [{"code": "Observation"}]}`, "Consent.provision"},
		"limited to data":                         {smallest, provision, `"provision": {"type": "permit", "dataPeriod": {"start": "2020-01-01"}}`, "Consent.provision"},
		"for a secondary use":                     {smallest, provision, `"provision": {"type": "permit", "purpose": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HRESCH"}]}`, "Consent.provision.purpose[0]"},
		"ends before it starts":                   {smallest, provision, `"provision": {"type": "permit", "period": {"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}}`, "Consent.provision.period"},
		"ends on a day of no zone":                {smallest, provision, `"provision": {"type": "permit", "period": {"end": "2026-01-01"}}`, "Consent.provision.period.end"},
		"the year one":                            {smallest, provision, `"provision": {"type": "permit", "period": {"end": "0001-01-01T00:00:00Z"}}`, "Consent.provision.period.end"},
		"a source twice":                          {smallest, provision, `"provision": {"type": "permit", "actor": [` + actor("a") + `,` + actor("a") + `]}`, "Consent.provision.actor[1].reference"},
		"a source that is no id":                  {smallest, provision, `"provision": {"type": "permit", "actor": [` + actor("a/b") + `]}`, "Consent.provision.actor[0].reference"},
		"a source that is an NHS number":          {smallest, provision, `"provision": {"type": "permit", "actor": [` + actor("9990000026") + `]}`, "Consent"},
		"asked by NHS number":                     {smallest, `in-person`, `9990000026`, "Consent"},
		"the patient's number as a user id":       {smallest, `555021935107`, `9990000018`, "Consent"},
		"the patient's number as an organisation": {smallest, `RXA01`, `9990000018`, "Consent"},
		"an NHS number as a permission":           {withdrawal, `019ab5c4-3f10-7c55-a1b2-93f1f0f5a001`, `9990000026`, "Consent"},
		"a permission with the patient's number":  {withdrawal, `019ab5c4-3f10-7c55-a1b2-93f1f0f5a001`, `Consent/9990000018`, "Consent"},
		"a permission that is no id":              {withdrawal, `019ab5c4-3f10-7c55-a1b2-93f1f0f5a001`, `a b`, "Consent.identifier"},
		"not a Consent":                           {smallest, `"resourceType": "Consent"`, `"resourceType": "Patient"`, "Consent.resourceType"},
		"entered in error":                        {smallest, `"status": "active"`, `"status": "entered-in-error"`, "Consent.status"},
		"for research":                            {smallest, `patient-privacy`, `research`, "Consent.scope"},
		"an opt-out":                              {smallest, `"permission-to-view"`, `"opt-out"`, "Consent.category[0]"},
		"two categories":                          {smallest, `"category": [`, `"category": [{"coding": [{"system": "x", "code": "y"}]}, `, "Consent.category"},
		"a patient by reference":                  {smallest, `"patient": {`, `"patient": {"reference": "Patient/1", `, "Consent.patient"},
		"a patient with a name":                   {smallest, `"patient": {`, `"patient": {"display": "Somebody", `, "Consent.patient"},
		"a number that is none":                   {smallest, `9990000018`, `9990000019`, "Consent.patient"},
		"a number of another system":              {smallest, `https://fhir.nhs.uk/Id/nhs-number`, `https://other.example`, "Consent.patient.identifier.system"},
		"an organisation that is none":            {smallest, `RXA01`, `rxa01`, "Consent.organization[0]"},
		"two performers":                          {smallest, `"performer": [`, `"performer": [{"identifier": {"system": "a", "value": "b"}}, `, "Consent.performer"},
		"nobody performs":                         {smallest, `"value": "555021935107"`, `"use": "usual"`, "Consent.performer[0].identifier.value"},
		"not said how":                            {smallest, `how-asked`, `how-asked-else`, "Consent.extension[0]"},
		"no extension":                            {smallest, `"extension": [{"url": "https://mycarerecord.example/fhir/StructureDefinition/how-asked", "valueCode": "in-person"}],`, ``, "Consent"},
		"an extension twice":                      {smallest, `"extension": [`, `"extension": [{"url": "https://mycarerecord.example/fhir/StructureDefinition/how-asked", "valueCode": "video"},`, "Consent.extension[1]"},
		"a modifier":                              {smallest, `"extension": [`, `"modifierExtension": [{"url": "x", "valueBoolean": true}], "extension": [`, "Consent"},
		"a narrative":                             {smallest, `"scope"`, `"text": {"status": "generated", "div": "<div/>"}, "scope"`, "Consent"},
		"an id of its own":                        {smallest, `"scope"`, `"id": "mine", "scope"`, "Consent"},
		"a label of its own":                      {smallest, `"scope"`, `"meta": {"security": [{"code": "R"}]}, "scope"`, "Consent.meta.profile"},
		"contained":                               {smallest, `"scope"`, `"contained": [{"resourceType": "Patient"}], "scope"`, "Consent"},
		"null":                                    {smallest, `"scope"`, `"language": null, "scope"`, "Consent"},
		"a control character":                     {smallest, `555021935107`, `555\u0000`, "Consent"},
		"half a surrogate":                        {smallest, `555021935107`, `555\ud800`, "Consent"},
		"half a surrogate in a name":              {smallest, `"scope"`, `"\ud800": "x", "scope"`, "Consent"},
		"an empty name":                           {smallest, `"scope"`, `"": "x", "scope"`, "Consent"},
		"null in a list":                          {smallest, `"category": [`, `"category": [null, `, "Consent.category"},
		"a lost character":                        {smallest, `555021935107`, "555\ufffd", "Consent"},
		"an empty string":                         {smallest, `"555021935107"`, `""`, "Consent"},
		"a number for a string":                   {smallest, `"value": "555021935107"`, `"value": 555021935107`, "Consent.performer[0].identifier.value"},
		"space around it":                         {smallest, `"555021935107"`, `" 555021935107"`, "Consent.performer[0].identifier.value"},
		"too deep":                                {smallest, provision, strings.Repeat(`"a": {`, 20) + provision + strings.Repeat(`}`, 20), "Consent"},
		"two objects":                             {smallest, "\n}", "\n}{}", "Consent"},
		"an array":                                {smallest, smallest, "[" + smallest + "]", "Consent"},
		"nothing":                                 {smallest, smallest, "", "Consent"},
		"not UTF-8":                               {smallest, `555021935107`, "555\xff", "Consent"},
		"a byte order mark":                       {smallest, smallest, "\ufeff" + smallest, "Consent"},
		"too large":                               {smallest, smallest, strings.Repeat(" ", consent.MaxBytes) + smallest, "Consent"},
		"withdrawn, but not said what":            {withdrawal, `"identifier": [{"system": "https://mycarerecord.example/fhir/Id/permission", "value": "019ab5c4-3f10-7c55-a1b2-93f1f0f5a001"}],`, ``, "Consent.identifier"},
		"withdrawn, another id":                   {withdrawal, `"status"`, `"id": "other", "status"`, "Consent.id"},
		"withdrawn, two permissions":              {withdrawal, `"identifier": [`, `"identifier": [{"system": "https://mycarerecord.example/fhir/Id/permission", "value": "x"},`, "Consent.identifier"},
		"withdrawn, a refusal":                    {withdrawal, `"status": "inactive"`, `"status": "inactive", "provision": {"type": "deny"}`, "Consent"},
		"emergency, no reason":                    {emergency, `"extension"`, `"extensions"`, "Consent"},
		"how is no code":                          {smallest, `"in-person"`, `"in person"`, "Consent.extension[0].valueCode"},
		"how is empty":                            {smallest, `"valueCode": "in-person"`, `"valueString": "in-person"`, "Consent.extension[0].valueCode"},
		"a code that is none":                     {smallest, `"patient-privacy"`, `true`, "Consent.scope.coding[0].code"},
		"scope is a string":                       {smallest, `"scope": {`, `"scope": "x", "x": {`, "Consent.scope"},
		"a list of strings":                       {smallest, `"performer": [{"identifier": {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": "555021935107"}}]`, `"performer": ["x"]`, "Consent.performer[0]"},
		"purpose of no words":                     {smallest, `"extension": [`, `"extension": [{"url": "https://mycarerecord.example/fhir/StructureDefinition/purpose-in-words"},`, "Consent.extension[0].valueString"},
		"purpose too long":                        {smallest, `"extension": [`, `"extension": [{"url": "https://mycarerecord.example/fhir/StructureDefinition/purpose-in-words", "valueString": "` + strings.Repeat("x", 501) + `"},`, "Consent.extension[0].valueString"},
		"sensitive in words":                      {smallest, `"extension": [`, `"extension": [{"url": "https://mycarerecord.example/fhir/StructureDefinition/includes-sensitive", "valueBoolean": "true"},`, "Consent.extension[0].valueBoolean"},
		"no, and sensitive too":                   {smallest, `"provision": {"type": "permit"}`, `"provision": {"type": "deny"}, "implicitRules": "x"`, "Consent"},
		"no, with sensitive items":                {strings.Replace(smallest, `"permit"`, `"deny"`, 1), `"extension": [`, `"extension": [{"url": "https://mycarerecord.example/fhir/StructureDefinition/includes-sensitive", "valueBoolean": true},`, "Consent"},
		"a permission with an emergency's reason": {smallest, `"extension": [`, emergencyReason + `, `, "Consent"},
		"custodian in another role":               {smallest, provision, `"provision": {"type": "permit", "actor": [` + strings.Replace(actor("a"), "CST", "IRCP", 1) + `]}`, "Consent.provision.actor[0].role"},
		"emergency, somebody was asked":           {emergency, `"extension": [`, `"extension": [{"url": "https://mycarerecord.example/fhir/StructureDefinition/how-asked", "valueCode": "video"},`, "Consent"},
		"emergency, another extension":            {emergency, `emergency-reason"`, `emergency-reasons"`, "Consent.extension[0]"},
		"emergency, no extension at all":          {smallest, `"permission-to-view"`, `"emergency-access"`, "Consent"},
		"another policy":                          {smallest, `"scope"`, `"policy": [{"uri": "https://other.example"}], "scope"`, "Consent.policy[0].uri"},
		"emergency, denied":                       {emergency, `"type": "permit"`, `"type": "deny"`, "Consent"},
		"emergency, withdrawn":                    {emergency, `"status": "active"`, `"status": "inactive", "identifier": [{"system": "https://mycarerecord.example/fhir/Id/permission", "value": "x"}]`, "Consent"},
		"emergency, purpose treatment":            {emergency, `"type": "permit"`, `"type": "permit", "purpose": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}]`, "Consent.provision.purpose[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.Replace(c.body, c.old, c.new, 1)
			if body == c.body {
				t.Fatal("the test changes nothing")
			}
			_, err := consent.Parse([]byte(body), readAt)
			var wrong *consent.Error
			if !errors.As(err, &wrong) {
				t.Fatalf("accepted, or %v", err)
			}
			if !strings.HasPrefix(wrong.Element, c.element) {
				t.Errorf("%v; want %s", err, c.element)
			}
			for _, sent := range []string{"555", "9990", "rxa01", "mine", "Somebody", "other.example"} {
				if strings.Contains(err.Error(), sent) {
					t.Errorf("the error echoes what was sent: %v", err)
				}
			}
		})
	}
}

const emergencyReason = `"extension": [{"url": "https://mycarerecord.example/fhir/StructureDefinition/emergency-reason",` +
	` "valueCodeableConcept": {"coding": [{"system": "https://mycarerecord.example/fhir/CodeSystem/emergency-reason", "code": "x"}]}}`

func actor(source string) string {
	return `{"role": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "CST"}]},` +
		` "reference": {"identifier": {"system": "https://mycarerecord.example/fhir/Id/source", "value": "` + source + `"}}}`
}

// Attack 123: what a professional writes in words is words, wherever it stands.
func TestAttack123WhatIsWrittenInWordsIsWords(t *testing.T) {
	whole, emergency := consentExamples(t)[1], consentExamples(t)[3]
	for _, nothing := range []string{`.`, `\u200b`, `\u2060\u202e`, `\u3164`, `\u2800\u2800`, `\u0301`, `aaaa`, `123`, `\ud83d\ude91`} {
		for place, body := range map[string]string{
			"valueString": strings.Replace(whole, "Review before the fracture clinic", nothing, 1),
			"text":        strings.Replace(emergency, "Unconscious after a fall, medication unknown", nothing, 1),
		} {
			_, err := consent.Parse([]byte(body), readAt)
			var fault *consent.Error
			if !errors.As(err, &fault) || !strings.HasSuffix(fault.Element, "."+place) || !strings.Contains(fault.Problem, "letters that can be seen") {
				t.Errorf("%s as %s: %v", nothing, place, err)
			}
		}
	}
	for _, words := range []string{"MI", "AAA", "ataliad y galon", "zawał serca", "نوبة قلبية", "心梗"} {
		for _, body := range []string{
			strings.Replace(whole, "Review before the fracture clinic", words, 1),
			strings.Replace(emergency, "Unconscious after a fall, medication unknown", words, 1),
		} {
			if _, err := consent.Parse([]byte(body), readAt); err != nil {
				t.Errorf("%s: %v", words, err)
			}
		}
	}
}

// Attack 109: a Consent tells of what has happened.
func TestAttack109NothingIsSaidToHaveHappenedInTheFuture(t *testing.T) {
	whole := consentExamples(t)[1]
	for asked, right := range map[string]bool{
		"2030-01-01T00:00:00Z": false, "2026-11-23T10:05:01Z": false, "2026-11-23T10:05:00Z": true, "2026-11-23T09:58:00Z": true, "1990-01-01T00:00:00Z": true,
	} {
		_, err := consent.Parse([]byte(strings.Replace(whole, "2026-11-23T09:58:00Z", asked, 1)), readAt)
		if (err == nil) != right {
			t.Errorf("asked %s, read %s: %v", asked, readAt, err)
		}
	}
}
