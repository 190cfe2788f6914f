package suite_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
)

// published are the NHS's own examples (their README is beside them), where the
// project keeps them; nothing of them is in the repository.
const published = "../../../shared/corpus/nhs.ndjson"

func TestImportOfThePublishedNHSResources(t *testing.T) {
	r := fresh(t)
	counts := map[string]int{}
	for _, line := range publishedResources(t) {
		var kind struct{ ResourceType string }
		if err := json.Unmarshal(line, &kind); err != nil {
			t.Fatal(err)
		}
		if whole[kind.ResourceType] == "" {
			continue // not of a type that is imported
		}
		counts[kind.ResourceType+" "+treatment(t, r, kind.ResourceType, line)]++
	}
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%4d %s", counts[k], k)
	}
	want := map[string]int{
		// Those refused are about privacy, by codes that could mean an objection.
		"Consent without effect: scope research, not about who may view":                           8,
		"Consent refused: category is not exactly one of permission-to-view, opt-out and national": 6,
		"Encounter without effect: status finished, not in force":                                  4,
		"Encounter refused: serviceProvider.identifier is not an ODS code; subject.identifier":     13,
		"Encounter refused: subject.identifier is not an NHS number":                               1,
		"EpisodeOfCare taken": 1,
		"EpisodeOfCare refused: managingOrganization.identifier is not an ODS code; patient.identifier": 1,
		"Patient without effect: names no practice, no restriction and no other NHS number":             30,
		"Patient refused: generalPractitioner has no telephone in use":                                  16,
		"Patient refused: generalPractitioner names no organisation by its ODS code":                    22,
		"Patient refused: identifier has no NHS number":                                                 35,
		"ServiceRequest without effect: category is none of referral, laboratory and imaging":           29,
		"ServiceRequest without effect: intent plan, orders nothing":                                    1,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	// What they open: the one episode that goes on, for the hospital that has it.
	who, err := nhs.ParseNumber("9000000009")
	if err != nil {
		t.Fatal(err)
	}
	for code, open := range map[string]int{"RR8": 1, "RCB": 0, "V99998": 0, "RJZ": 0, "RJ1": 0, "RH8": 0, "B81001": 0} {
		f := gather(r, by(asks(who), "u1", code))
		n := len(f.TestOrders.Value) + len(f.Permissions.Value)
		for _, x := range f.Relationships.Value {
			if !x.Ended {
				n++
			}
		}
		if n != open {
			t.Errorf("%s: %d facts open the record, want %d: %+v", code, n, open, f)
		}
	}
}

// The NHS's own Patients that name a practice by its code, and no telephone, are taken with a
// directory that has their practices.
func TestPublishedPatientsAreTakenWithADirectoryOfPractices(t *testing.T) {
	var rows [][4]string
	for _, code := range []string{"B81001", "Y12345", "A83008", "C81010", "A20047"} {
		rows = append(rows, [4]string{code, "PRACTICE " + code, "A", "01632 960001"})
	}
	opt := asWith(directory(t, epraccur(rows...)))
	taken := 0
	for _, line := range publishedResources(t) {
		if !bytes.Contains(line, []byte(`"generalPractitioner"`)) || !bytes.Contains(line, []byte(`"resourceType":"Patient"`)) && !bytes.Contains(line, []byte(`"resourceType": "Patient"`)) {
			continue
		}
		r := fresh(t)
		if done, err := intake.Import(context.Background(), r, bytes.NewReader(line), opt); err == nil && done.Added >= 1 {
			taken++
		} else if err != nil && strings.Contains(err.Error(), "no telephone in use") {
			t.Errorf("%v", err)
		}
	}
	if taken != 16 {
		t.Errorf("%d are taken, want the 16 that were refused for want of a telephone", taken)
	}
}

func publishedResources(t *testing.T) (resources []json.RawMessage) {
	t.Helper()
	file, err := os.Open(published)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the published resources are not here")
	} else if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var line struct{ Resource json.RawMessage }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		resources = append(resources, line.Resource)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return resources
}

// treatment says what the import makes of one resource: taken, without effect and
// why, or refused and by which elements.
func treatment(t *testing.T, r *registry.Registry, kind string, line []byte) string {
	t.Helper()
	done, err := intake.Import(context.Background(), r, bytes.NewReader(line), as("tester"))
	var fault *intake.ImportError
	switch {
	case asFault(err, &fault):
		var why []string
		for _, f := range fault.Faults {
			element := strings.TrimPrefix(f.Problem, kind+": ")
			for _, end := range []string{":", " (", "-opt-out"} {
				element, _, _ = strings.Cut(element, end)
			}
			why = append(why, element)
		}
		slices.Sort(why)
		if len(why) > 1 { // the second one's element alone, to keep the table narrow
			why[1], _, _ = strings.Cut(why[1], " ")
		}
		return "refused: " + strings.Join(why, "; ")
	case err != nil:
		t.Fatal(err)
	case done.WithoutEffect != nil:
		return "without effect: " + done.WithoutEffect[0].Why
	}
	return "taken"
}
