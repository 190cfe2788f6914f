package suite_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
)

// episodes are n lines about as many patients.
func episodes(n int, status string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(episode(fmt.Sprint("e", i), number(i), "RXA01", status, `{"start":"2026-11-01"}`) + "\n")
	}
	return b.String()
}

// importing is an import whose caller is asked at each report of progress.
func importing(r *registry.Registry, file string, at func(intake.Progress)) (intake.Imported, error) {
	opt := as("tester")
	opt.Progress = at
	return intake.Import(context.Background(), r, strings.NewReader(file), opt)
}

// An import holds nothing between its batches: whoever records a permission then need not wait,
// and what was taken holds already.
func TestOthersWriteBetweenTheBatchesOfAnImport(t *testing.T) {
	r := fresh(t)
	batches, taken := 0, 0
	done, err := importing(r, episodes(2000, "active"), func(p intake.Progress) {
		if !p.Writing || p.Bytes == p.Size && p.Lines == taken {
			return
		}
		batches++
		if p.Lines <= taken {
			t.Errorf("after %d lines come %d", taken, p.Lines)
		}
		taken = p.Lines
		record(t, r, states(asks(number(batches)), access.RecordPermission, access.Statement{}), fmt.Sprint("p", batches))
		for i, want := range map[int]access.State{p.Lines - 1: access.Known, p.Lines: access.Absent} {
			if got := gather(r, asks(number(i))).Relationships.State; got != want && i < 2000 {
				t.Errorf("after %d lines, the relationship of line %d is %v", p.Lines, i+1, got)
			}
		}
	})
	if err != nil || done.Added != 2000 || batches < 5 {
		t.Errorf("%v, %v in %d batches", done, err, batches)
	}
}

func TestAnImportThatWasInterruptedGoesOn(t *testing.T) {
	r := fresh(t)
	file := episodes(1000, "active")
	interrupted := func() {
		t.Helper()
		ctx, cancel := context.WithCancel(context.Background())
		opt := as("tester")
		batches := 0
		opt.Progress = func(p intake.Progress) {
			if p.Writing {
				if batches++; batches == 3 {
					cancel()
				}
			}
		}
		if _, err := intake.Import(ctx, r, strings.NewReader(file), opt); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if first, last := gather(r, asks(number(0))), gather(r, asks(number(999))); first.Relationships.State != access.Known || last.Relationships.State != access.Absent {
			t.Fatalf("a part is not what was taken: %v, %v", first.Relationships.State, last.Relationships.State)
		}
	}
	interrupted()
	// Nothing of what was taken is looked at again, and the counts are those of the whole file.
	if diff := cmp.Diff(intake.Imported{Resources: 1000, Added: 1000}, load(t, r, file)); diff != "" {
		t.Errorf("it went on (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(intake.Imported{Resources: 1000, Unchanged: 1000}, load(t, r, file)); diff != "" {
		t.Errorf("again (-want +got):\n%s", diff)
	}
}

// Another file in between makes an interrupted one begin again: what it said of the lines that
// were taken has been said otherwise since.
func TestAnImportDoesNotGoOnAfterAnother(t *testing.T) {
	r := fresh(t)
	old := episodes(1000, "active")
	for _, file := range []string{old, episodes(1000, "finished")} {
		ctx, cancel := context.WithCancel(context.Background())
		opt := as("tester")
		opt.Progress = func(p intake.Progress) {
			if p.Writing && p.Lines > 200 {
				cancel()
			}
		}
		if _, err := intake.Import(ctx, r, strings.NewReader(file), opt); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	load(t, r, old)
	for i := range 1000 {
		if x := gather(r, asks(number(i))).Relationships.Value; len(x) != 1 || x[0].Ended {
			t.Fatalf("patient %d: %+v", i, x)
		}
	}
}

// What others change after the check makes a line faulty: it alone is left out.
func TestALineThatBecomesFaultyIsLeftOutByItself(t *testing.T) {
	r := fresh(t)
	file := episodes(500, "active")
	var told []intake.Fault
	opt := as("tester")
	opt.Told = func(f intake.Fault) { told = append(told, f) }
	opt.Progress = func(p intake.Progress) {
		if !p.Writing && p.Bytes == p.Size {
			addEntry(t, r, registry.Entry{ID: "EpisodeOfCare/e77", Version: 1, Kind: registry.KindOptOut, Status: registry.Active, Patient: number(77), RecordedBy: "x", RecordedAt: noon})
		}
	}
	done, err := intake.Import(context.Background(), r, strings.NewReader(file), opt)
	want := []intake.Fault{{Line: 78, Problem: "EpisodeOfCare: stood for another kind of entry (opt-out) when it was imported before: give the new one an id of its own"}}
	var fault *intake.ImportError
	if !asFault(err, &fault) || !fault.Rest || fault.Count != 1 || done.Resources != 499 || done.Added != 499 {
		t.Fatalf("%v, %v", done, err)
	}
	if diff := cmp.Diff(want, fault.Faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	for _, i := range []int{0, 76, 78, 499} {
		if got := gather(r, asks(number(i))).Relationships.State; got != access.Known {
			t.Errorf("patient %d: %v", i, got)
		}
	}
}

func addEntry(t *testing.T, r *registry.Registry, e registry.Entry) {
	t.Helper()
	tx, err := r.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if err := tx.Add(context.Background(), e); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestAllFaultsAreToldAndAHundredAreKept(t *testing.T) {
	r := fresh(t)
	told := 0
	opt := as("tester")
	opt.Told = func(intake.Fault) { told++ }
	_, err := intake.Import(context.Background(), r, strings.NewReader(episodes(1, "active")+episodes(300, "no such")), opt)
	var fault *intake.ImportError
	if !asFault(err, &fault) || fault.Rest || fault.Count != 301 || told != 301 || len(fault.Faults) != 100 || fault.Faults[0].Line != 2 {
		t.Errorf("told %d: %v", told, err)
	}
	if !strings.HasPrefix(err.Error(), "importing: nothing was imported, 301 to correct:\nline 2: ") || !strings.HasSuffix(err.Error(), "\nand 201 more") {
		t.Errorf("the message is %v", err)
	}
	if got := gather(r, asks(number(0))).Relationships.State; got != access.Absent {
		t.Errorf("a line was imported: %v", got)
	}
}

func TestTwoImportsAtOnceWaitForEachOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	first, second := open(t, path), open(t, path)
	waits, ended := make(chan struct{}), make(chan error, 1)
	begun := false
	_, err := importing(first, episodes(1000, "active"), func(p intake.Progress) {
		if !p.Writing || begun {
			return
		}
		begun = true
		go func() {
			opt := as("another")
			opt.Waiting = func() { close(waits) }
			done, err := intake.Import(context.Background(), second, strings.NewReader(episodes(1000, "active")), opt)
			if err == nil && done.Unchanged != 1000 {
				err = fmt.Errorf("the second one did %v", done)
			}
			ended <- err
		}()
		<-waits
		select {
		case err := <-ended:
			t.Errorf("the second one did not wait: %v", err)
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	// Who waits can stop waiting.
	release, err := first.Alone(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancel(context.Background())
	opt := as("another")
	opt.Waiting = cancel
	if _, err := intake.Import(ctx, second, strings.NewReader(""), opt); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// What cannot be read twice is put into a file that nobody finds.
func TestAPipeIsReadOnce(t *testing.T) {
	r, folder := fresh(t), t.TempDir()
	opt := as("tester")
	opt.Folder = folder
	opt.Progress = func(intake.Progress) {
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("there is %v, %v", left, err)
		}
	}
	done, err := intake.Import(context.Background(), r, io.MultiReader(strings.NewReader(episodes(600, "active"))), opt)
	if err != nil || done.Added != 600 {
		t.Errorf("%v, %v", done, err)
	}
}

func TestAFileThatChangesMeanwhileIsToldAndNotFinished(t *testing.T) {
	path := filepath.Join(t.TempDir(), "facts.ndjson")
	file := episodes(1000, "active")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := fresh(t)
	opt := as("tester")
	opt.Progress = func(p intake.Progress) {
		if !p.Writing && p.Bytes == p.Size {
			if err := os.WriteFile(path, []byte(strings.Replace(file, `"active"`, `"finished"`, 1)), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := intake.Import(context.Background(), r, f, opt); err == nil || !strings.Contains(err.Error(), "the file was changed while it was imported") {
		t.Errorf("%v", err)
	}
	// What was taken was not of the file that was checked: the import of that goes on after none of it.
	if done := load(t, r, file); done.Resources != 1000 {
		t.Errorf("again: %v", done)
	}
	if x := gather(r, asks(number(0))).Relationships.Value; len(x) != 1 || x[0].Ended {
		t.Errorf("again: the first line is %+v", x)
	}
}
