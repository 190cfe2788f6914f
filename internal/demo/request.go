package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

const (
	reasonSystem = "https://mycarerecord.example/fhir/CodeSystem/reason"
	fhirJSON     = "application/fhir+json"
	longest      = 16 << 20
)

// request makes the request of a step and judges what comes.
func (r *run) request(ctx context.Context, s step) error {
	source, found := r.region.source(s.source)
	member, known := r.region.member(s.who)
	patient, there := r.region.flagged(s.patient)
	if !found || !known || !there {
		return fmt.Errorf("the region has no source %s, no %s or no patient with the flag %s", s.source, s.who, s.patient)
	}
	at := r.organisationName(member.Organisation)
	fmt.Fprintf(r.Out, "   %s, %s at %s, about %s, born %s:\n", member.Name, member.Role, at, patient.Name, patient.Born)
	fmt.Fprintf(r.Out, "   %s %s\n", s.method, s.address(source, patient))
	token, err := r.token(ctx, s.who)
	if err != nil {
		return err
	}
	body := s.body.write(patient, member, r.permission, r.Clock())
	req, err := http.NewRequestWithContext(ctx, s.method, s.address(source, patient), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", fhirJSON)
	if body != nil {
		req.Header.Set("Content-Type", fhirJSON)
	}
	resp, err := r.Client.Do(req)
	if err != nil {
		return fmt.Errorf("asking the broker: %w", err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, longest))
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	got := read(raw)
	fmt.Fprintf(r.Out, "   -> %d %s\n", resp.StatusCode, got.tell())
	r.remember(s, resp, got)
	return s.judge(resp, got, raw)
}

// remember keeps what later steps ask for.
func (r *run) remember(s step, resp *http.Response, got answer) {
	if s.body == permission && resp.StatusCode == http.StatusCreated {
		r.permission = got.ID
	}
	id := resp.Header.Get("X-Record-Id") // the id of the audit record
	if s.patient == patientOfTrail() {
		r.patient = append(r.patient, id)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		r.refused = append(r.refused, id)
	}
}

// patientOfTrail is the flag of the patient whose trail a step asks for.
func patientOfTrail() string {
	i := slices.IndexFunc(steps, func(s step) bool { return s.ask == trailOfPatient })
	return steps[i].patient
}

// judge says what is wrong with an answer.
func (s step) judge(resp *http.Response, got answer, raw []byte) error {
	switch {
	case resp.StatusCode != s.status:
		return fmt.Errorf("status %d, want %d", resp.StatusCode, s.status)
	case s.codes != nil && !slices.Contains(s.codes, got.reason()):
		return fmt.Errorf("reason %q, want %s", got.reason(), strings.Join(s.codes, " or "))
	case s.says != "" && !bytes.Contains(raw, []byte(s.says)):
		return fmt.Errorf("the answer does not say %q", s.says)
	case s.shows != nil && !slices.Equal(slices.Sorted(maps.Keys(got.count())), s.shows):
		return fmt.Errorf("it holds %v, want %v and nothing else", got.count(), s.shows)
	case resp.Header.Get("X-Record-Id") == "":
		return fmt.Errorf("the answer does not name its audit record (X-Record-Id)")
	}
	return nil
}

// token asks the issuer for a token of a member of the cast.
func (r *run) token(ctx context.Context, member string) (string, error) {
	body, _ := json.Marshal(map[string]string{"cast": member}) // strings always have a JSON form
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.region.TokenEndpoint, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.Client.Do(req)
	if err != nil {
		return "", fmt.Errorf("asking the issuer for a token: %w", err)
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		return "", fmt.Errorf("asking the issuer for a token: status %d", resp.StatusCode)
	}
	return answer.AccessToken, nil
}

func (r *run) organisationName(ods string) string {
	for _, s := range r.region.Sources {
		if s.ODS == ods {
			return s.Name
		}
	}
	return ods
}

// answer is as much of a FHIR answer as the account tells.
type answer struct {
	ResourceType string `json:"resourceType"`
	ID           string `json:"id"`
	Entry        []struct {
		Resource struct {
			ResourceType string `json:"resourceType"`
		} `json:"resource"`
	} `json:"entry"`
	Issue []struct {
		Details struct {
			Coding []struct{ System, Code string } `json:"coding"`
			Text   string                          `json:"text"`
		} `json:"details"`
		Diagnostics string `json:"diagnostics"`
	} `json:"issue"`
}

func read(raw []byte) (a answer) {
	_ = json.Unmarshal(raw, &a) // what cannot be read holds nothing, and is judged so
	return a
}

// count gives the entries by type; the broker's own note that something was
// withheld is not one.
func (a answer) count() map[string]int {
	n := map[string]int{}
	for _, e := range a.Entry {
		if e.Resource.ResourceType != "OperationOutcome" {
			n[e.Resource.ResourceType]++
		}
	}
	return n
}

func (a answer) reason() string {
	for _, i := range a.Issue {
		for _, c := range i.Details.Coding {
			if c.System == reasonSystem {
				return c.Code
			}
		}
	}
	return ""
}

// tell gives the answer in one line.
func (a answer) tell() string {
	if len(a.Issue) > 0 {
		return fmt.Sprintf("%s: %s %s", a.reason(), a.Issue[0].Details.Text, a.Issue[0].Diagnostics)
	}
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(a.count())) {
		parts = append(parts, fmt.Sprintf("%d × %s", a.count()[kind], kind))
	}
	if parts == nil {
		return a.ResourceType
	}
	return strings.Join(parts, ", ")
}
