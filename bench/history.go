package main

import (
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"strings"
	"time"
)

// remember adds a line of a run to a file: one for each release, so that a slower one is seen.
func remember(path, version string, connections int, table []row, at time.Time) error {
	type figures struct {
		Answer  string  `json:"answer"`
		Session string  `json:"session"`
		Ratio   float64 `json:"ratio"`
		Plain   float64 `json:"plain_caddy"` // requests a second
		Broker  float64 `json:"broker"`
		CPU     float64 `json:"broker_cpu_us"`
		Over    float64 `json:"plain_cpu_us"`
	}
	line := struct {
		Version     string    `json:"version"`
		At          time.Time `json:"at"`
		Go          string    `json:"go"`
		CPU         string    `json:"cpu"`
		Cores       int       `json:"cores"`
		Connections int       `json:"connections"`
		Rows        []figures `json:"rows"`
	}{Version: version, At: at.UTC().Truncate(time.Second), Go: runtime.Version(), CPU: processor(), Cores: runtime.NumCPU(), Connections: connections}
	cpu := func(r round) float64 { return r.Used.CPU }
	for _, r := range table {
		line.Rows = append(line.Rows, figures{r.Answer, r.Session, r.ratio(), median(r.Plain, throughput), median(r.Broker, throughput), median(r.Broker, cpu), median(r.Plain, cpu)})
	}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Close())
}

// processor is the name of the machine's, "" where it is not told.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
