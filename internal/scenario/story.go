package scenario

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/mycarerecord/mcr/broker"
)

// Story is a story as it is written, its words not yet filled in.
type Story struct {
	Name     string
	Says     string // the story in plain English
	Registry string
	Overlay  map[string]string // path under policies/ → text
	Source   map[string]Scripted
	Settings Settings
	Steps    []Step
}

// Settings are what a story changes of the broker.
type Settings struct {
	WalkingMost    int `json:"walking_most"`
	WalkingMinutes int `json:"walking_minutes"`
	DirectoryMost  int `json:"directory_most"`
	// Smart and Origins are the options of package broker.
	Smart   *broker.Smart `json:"smart"`
	Origins []string      `json:"origins"`
}

// Scripted is what the source answers to one target.
type Scripted struct {
	Body    string
	Entries bool // Body is resources, one a line
	Status  int
	Header  http.Header
}

// Step is one request, or several that must go alike.
type Step struct {
	N        int
	Later    time.Duration
	Registry string
	Who      string // "" for who asked before
	Requests []string
	Response string
	Record   string
	Asked    *string
	Within   string // the records of the requests within this one
}

// Parse reads a story. A file that the format does not know is an error: a
// misspelt one would assert nothing.
func Parse(name string, text []byte) (*Story, error) {
	archive := txtar.Parse(text)
	s := &Story{
		Name: strings.TrimSuffix(filepath.Base(name), ".txtar"), Says: strings.TrimSpace(string(archive.Comment)),
		Overlay: map[string]string{}, Source: map[string]Scripted{},
	}
	if len(s.Says) < 20 {
		return nil, fmt.Errorf("parsing story %s: it does not say in English what happens", s.Name)
	}
	for _, file := range archive.Files {
		if err := s.take(file.Name, string(file.Data)); err != nil {
			return nil, fmt.Errorf("parsing story %s: %s: %w", s.Name, file.Name, err)
		}
	}
	if len(s.Steps) == 0 {
		return nil, fmt.Errorf("parsing story %s: nothing is asked", s.Name)
	}
	for i := range s.Steps {
		if step := &s.Steps[i]; step.N != i+1 || len(step.Requests) == 0 || step.Response == "" || step.Record == "" {
			return nil, fmt.Errorf("parsing story %s: request %d: it needs a request, a response and a record, numbered from 1", s.Name, i+1)
		}
	}
	return s, nil
}

func (s *Story) take(name, text string) error {
	if target, ok := strings.CutPrefix(name, "source/"); ok {
		return s.takeSource(target, text)
	}
	if path, ok := strings.CutPrefix(name, "policies/"); ok {
		s.Overlay[path] = text
		return nil
	}
	switch name {
	case "registry.ndjson":
		s.Registry = text
		return nil
	case "broker.json":
		return json.Unmarshal([]byte(text), &s.Settings)
	}
	number, what, _ := strings.Cut(name, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(s.Steps)+1 {
		return fmt.Errorf("no such file in a story, or out of order")
	}
	if n > len(s.Steps) {
		s.Steps = append(s.Steps, Step{N: n})
	}
	return s.Steps[n-1].take(what, text)
}

func (step *Step) take(what, text string) (err error) {
	switch what {
	case "later":
		step.Later, err = time.ParseDuration(strings.TrimSpace(text))
	case "registry":
		step.Registry = text
	case "who":
		step.Who = strings.TrimSpace(text)
	case "request":
		step.Requests = []string{text}
	case "each":
		step.Requests = slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	case "response":
		step.Response = text
	case "record":
		step.Record = text
	case "within":
		step.Within = text
	case "asked":
		step.Asked = &text
	default:
		err = fmt.Errorf("no such file of a request")
	}
	return err
}

func (s *Story) takeSource(target, text string) error {
	if base, ok := strings.CutSuffix(target, ".status"); ok {
		status, header, err := readHead(text)
		if err != nil {
			return err
		}
		scripted := s.Source[base]
		scripted.Status, scripted.Header = status, header
		s.Source[base] = scripted
		return nil
	}
	base, entries := strings.CutSuffix(target, ".entries")
	scripted := s.Source[base]
	scripted.Body, scripted.Entries = text, entries
	s.Source[base] = scripted
	return nil
}

// readHead reads a status and header lines.
func readHead(text string) (int, http.Header, error) {
	first, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	status, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return 0, nil, fmt.Errorf("the status is not a number")
	}
	header := http.Header{}
	for line := range strings.SplitSeq(rest, "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
	return status, header, nil
}
