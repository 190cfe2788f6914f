//go:build servers

package servers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/nhs"
)

// Patient is one of Synthea's patients on a server.
type Patient struct {
	LocalID string     // the server's own id
	Number  nhs.Number // of the range set aside for tests (999)
	Name    string     // family name, of which nothing may leak
	Entries int        // resources loaded for them, their Patient included
}

// Number gives the n-th NHS number of the range set aside for tests: the same n,
// the same number.
func Number(n int) nhs.Number {
	for serial := 0; ; serial++ {
		for check := range 10 {
			// Each nine digits have one check digit, or none that is a digit.
			number, err := nhs.ParseNumber(fmt.Sprintf("999%06d%d", 700000+serial, check))
			if err != nil {
				continue
			}
			if n == 0 {
				return number
			}
			n--
		}
	}
}

// LoadSynthea puts Synthea's hospitals, professionals and patients on the FHIR
// server at base and gives the patients, the one with the most entries first.
// Each has an NHS number from then on.
func LoadSynthea(t testing.TB, base string) []Patient {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Minute}
	dir := installed(t, "synthea/patients")
	var patients []Patient
	for _, file := range syntheaFiles(t, dir) {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatalf("loading Synthea's patients: %v", err)
		}
		p := Patient{Number: Number(len(patients))}
		at := -1
		if !isDirectory(file) {
			if text, at, err = p.into(text); err != nil {
				t.Fatalf("loading Synthea's patient %d: %v", len(patients), err)
			}
		}
		locations, err := load(client, base, text)
		if err != nil {
			t.Fatalf("loading Synthea's file %d: %v", len(patients), err)
		}
		if at < 0 {
			continue
		}
		// "Patient/<id>/_history/1"
		parts := strings.Split(locations[at], "/")
		if len(parts) < 2 || parts[0] != "Patient" {
			t.Fatalf("loading Synthea's patient %d: the server does not say where it is", len(patients))
		}
		p.LocalID, p.Entries = parts[1], len(locations)
		patients = append(patients, p)
	}
	slices.SortStableFunc(patients, func(a, b Patient) int { return b.Entries - a.Entries })
	return patients
}

// isDirectory says that a file is of hospitals or professionals.
func isDirectory(file string) bool {
	return strings.HasPrefix(file, "hospitalInformation") || strings.HasPrefix(file, "practitionerInformation")
}

// syntheaFiles gives hospitals, then professionals, then patients: each refers to
// those before it.
func syntheaFiles(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatalf("loading Synthea's patients: %v", err)
	}
	var directories, patients []string
	for _, e := range entries {
		switch name := e.Name(); {
		case isDirectory(name):
			directories = append(directories, name) // "hospital…" sorts before "practitioner…"
		case strings.HasSuffix(name, ".json"):
			patients = append(patients, name)
		}
	}
	if len(directories) != 2 || len(patients) < 3 {
		t.Fatal("Synthea's patients are not all there: run internal/servers/install")
	}
	return append(directories, patients...)
}

// into gives the Patient of a transaction its NHS number, and says at which
// entry it stands. Numbers keep their spelling.
func (p *Patient) into(text []byte) (changed []byte, at int, err error) {
	bundle := map[string]any{}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&bundle); err != nil {
		return nil, 0, fmt.Errorf("reading: %w", err)
	}
	entries, _ := bundle["entry"].([]any)
	for i, e := range entries {
		entry, _ := e.(map[string]any)
		resource, _ := entry["resource"].(map[string]any)
		if resource["resourceType"] != "Patient" {
			continue
		}
		identifiers, _ := resource["identifier"].([]any)
		resource["identifier"] = append(identifiers, map[string]any{"system": nhs.NumberSystem, "value": p.Number.Digits()})
		if names, _ := resource["name"].([]any); len(names) > 0 {
			name, _ := names[0].(map[string]any)
			p.Name, _ = name["family"].(string)
		}
		changed, err = json.Marshal(bundle)
		return changed, i, err
	}
	return nil, 0, fmt.Errorf("no Patient in it")
}

// load sends a batch or transaction and gives the location of each entry.
func load(client *http.Client, base string, bundle []byte) ([]string, error) {
	req, err := http.NewRequest(http.MethodPost, base, bytes.NewReader(bundle))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/fhir+json")
	req.Header.Set("Prefer", "return=minimal")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Entry []struct {
			Response struct{ Status, Location string }
		}
	}
	if resp.StatusCode != http.StatusOK || json.Unmarshal(body, &answer) != nil {
		return nil, fmt.Errorf("the server answered %s: %.300s", resp.Status, body)
	}
	var locations []string
	for i, e := range answer.Entry {
		if !strings.HasPrefix(e.Response.Status, "20") {
			return nil, fmt.Errorf("entry %d: the server answered %s", i, e.Response.Status)
		}
		locations = append(locations, e.Response.Location)
	}
	return locations, nil
}
