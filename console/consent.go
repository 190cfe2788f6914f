package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/traceparent"
)

// errUncertain says that a broker did not say whether it recorded something.
var errUncertain = errors.New("recording an answer: the broker did not say whether it was recorded")

// refusal is a broker's stated reason for not recording something.
type refusal struct{ collect.Reason }

// Error names the reason by its code.
func (r *refusal) Error() string { return "recording an answer: refused: " + r.Code }

// The systems of docs/consent.md.
const (
	systemBase      = "https://mycarerecord.example/fhir/"
	categorySystem  = systemBase + "CodeSystem/consent-category"
	emergencySystem = systemBase + "CodeSystem/emergency-reason"
	extensionBase   = systemBase + "StructureDefinition/"
	permissionID    = systemBase + "Id/permission"
)

type object = map[string]any

// consentOf is what all four statements have in common (docs/consent.md): the
// patient, and the professional and the organisation that the token names.
func consentOf(who *page.Person, n nhs.Number, category, status string) object {
	identified := func(system, value string) object {
		return object{"identifier": object{"system": system, "value": value}}
	}
	return object{
		"resourceType": "Consent", "status": status,
		"scope":        object{"coding": []object{{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}}},
		"category":     []object{{"coding": []object{{"system": categorySystem, "code": category}}}},
		"patient":      identified(nhs.NumberSystem, n.Digits()),
		"performer":    []object{identified("https://fhir.nhs.uk/Id/sds-user-id", who.Subject.UserID)},
		"organization": []object{identified(nhs.ODSSystem, who.Subject.Organisation.String())},
	}
}

// consent makes the Consent of a patient's yes or no.
func (a asking) consent(who *page.Person, n nhs.Number, now time.Time) object {
	c := consentOf(who, n, "permission-to-view", "active")
	c["dateTime"] = now.UTC().Format(time.RFC3339)
	extensions := []object{{"url": extensionBase + "how-asked", "valueCode": a.How}}
	if a.For != "" {
		extensions = append(extensions, object{"url": extensionBase + "purpose-in-words", "valueString": a.For})
	}
	provision := object{"type": "deny"}
	if a.Answer == "yes" {
		if a.Sensitive {
			extensions = append(extensions, object{"url": extensionBase + "includes-sensitive", "valueBoolean": true})
		}
		provision = object{"type": "permit", "period": object{"end": a.ends.UTC().Format(time.RFC3339)}}
	}
	c["extension"], c["provision"] = extensions, provision
	return c
}

// withdrawalOf makes the Consent that ends a permission.
func withdrawalOf(who *page.Person, n nhs.Number, id string) object {
	c := consentOf(who, n, "permission-to-view", "inactive")
	c["identifier"] = []object{{"system": permissionID, "value": id}}
	return c
}

// emergencyOf makes the Consent that declares an emergency.
func emergencyOf(who *page.Person, n nhs.Number, code, words string, ends time.Time) object {
	c := consentOf(who, n, "emergency-access", "active")
	c["extension"] = []object{{"url": extensionBase + "emergency-reason", "valueCodeableConcept": object{
		"coding": []object{{"system": emergencySystem, "code": code}}, "text": words,
	}}}
	c["provision"] = object{"type": "permit", "period": object{"end": ends.UTC().Format(time.RFC3339)}}
	return c
}

// post sends a Consent to a source's broker, which decides on it and records it,
// and gives the id that it got. The error is a *refusal when the broker said why
// not, and else wraps errUncertain: it may have been recorded.
func (c *Console) post(ctx context.Context, who *page.Person, at collect.Source, consent object) (string, error) {
	body, err := json.Marshal(consent)
	if err != nil {
		return "", fmt.Errorf("encoding a consent: %w", err)
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer stop() // a patient's answer is recorded, though the browser went away
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at.Broker+"/Consent", bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("recording an answer: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+who.Bearer)
	r.Header.Set("Content-Type", "application/fhir+json")
	r.Header.Set("Accept", "application/fhir+json")
	r.Header.Set("Traceparent", traceparent.New().String())
	c.cfg.Collector.Sign(r, who.From)
	resp, err := c.http.Do(r)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errUncertain, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 256<<10))
	var said struct {
		Type  string `json:"resourceType"`
		ID    string `json:"id"`
		Issue []struct {
			Details struct {
				Text   string `json:"text"`
				Coding []struct{ System, Code string }
			} `json:"details"`
			Diagnostics string `json:"diagnostics"`
		} `json:"issue"`
	}
	if err != nil || json.Unmarshal(text, &said) != nil {
		return "", fmt.Errorf("%w: status %d", errUncertain, resp.StatusCode)
	}
	switch {
	case resp.StatusCode == http.StatusCreated && said.Type == "Consent" && said.ID != "":
		return said.ID, nil
	case resp.StatusCode >= 400 && said.Type == "OperationOutcome" && len(said.Issue) > 0 && len(said.Issue[0].Details.Coding) > 0:
		issue := said.Issue[0]
		remedy, recordID := issue.Diagnostics, ""
		if before, after, ok := strings.Cut(issue.Diagnostics, "Record "); ok {
			remedy, recordID = strings.TrimSpace(before), strings.TrimSuffix(after, ".")
		}
		return "", &refusal{collect.Reason{Code: issue.Details.Coding[0].Code, Text: issue.Details.Text, Remedy: remedy, RecordID: recordID}}
	}
	return "", fmt.Errorf("%w: status %d", errUncertain, resp.StatusCode)
}

// mostWords bounds what is written in words, in bytes (docs/consent.md).
const mostWords = 500

// words cleans what a person wrote: one line, without control characters and
// marks that turn the direction of writing.
func words(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(text), " ")
}
