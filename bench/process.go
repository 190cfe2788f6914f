package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// process is a program under load, looked at from outside.
type process struct {
	pid   int
	admin string // the socket at which it tells its metrics
}

// usage is what a process has used since it began.
type usage struct {
	CPU     float64 // seconds, of the kernel for it too
	Allocs  float64 // objects
	Bytes   float64 // of them
	Written float64 // bytes that it had the disk write
	RSS     float64 // bytes, now
}

// used is what a round took, for each request; RSS is as it was at its end.
type used struct {
	CPU     float64 `json:"cpu_us"`
	Allocs  float64 `json:"allocs"`
	Bytes   float64 `json:"alloc_bytes"`
	Written float64 `json:"disk_bytes"`
	RSS     float64 `json:"rss_bytes"`
}

func (u usage) since(before usage, requests int) used {
	n := float64(requests)
	return used{
		CPU: (u.CPU - before.CPU) * 1e6 / n, Allocs: (u.Allocs - before.Allocs) / n, Bytes: (u.Bytes - before.Bytes) / n,
		Written: (u.Written - before.Written) / n, RSS: u.RSS,
	}
}

// ticks are those of /proc/PID/stat in a second (getconf CLK_TCK; 100 on every Linux that runs Go).
const ticks = 100

// usage asks the kernel and the process itself.
func (p process) usage() (u usage, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		return u, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	for _, field := range fields[11:13] { // utime, stime (proc(5))
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return u, err
		}
		u.CPU += n / ticks
	}
	if u.RSS, err = fieldOf(fmt.Sprintf("/proc/%d/status", p.pid), "VmRSS:"); err != nil {
		return u, err
	}
	u.RSS *= 1024
	if u.Written, err = fieldOf(fmt.Sprintf("/proc/%d/io", p.pid), "write_bytes:"); err != nil {
		return u, err
	}
	told, err := p.metrics("go_memstats_mallocs_total", "go_memstats_alloc_bytes_total")
	if err != nil {
		return u, err
	}
	u.Allocs, u.Bytes = told[0], told[1]
	return u, nil
}

// fieldOf gives the number behind a name at the beginning of a line.
func fieldOf(path, name string) (float64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strconv.ParseFloat(strings.Fields(rest)[0], 64)
		}
	}
	return 0, fmt.Errorf("%s has no %s", path, name)
}

// overAdmin asks at the admin socket.
func (p process) overAdmin() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", p.admin)
	}}}
}

// metrics gives the sums of metrics by their names.
func (p process) metrics(names ...string) ([]float64, error) {
	answer, err := p.overAdmin().Get("http://mcr/metrics")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	out, found := make([]float64, len(names)), make([]bool, len(names))
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		bare, _, _ := strings.Cut(name, "{")
		for i := range names {
			if bare == names[i] {
				n, err := strconv.ParseFloat(value, 64)
				if err != nil {
					return nil, err
				}
				out[i], found[i] = out[i]+n, true
			}
		}
	}
	for i := range found {
		if !found[i] {
			return nil, errors.Join(lines.Err(), fmt.Errorf("%s is not told", names[i]))
		}
	}
	return out, nil
}

// settled waits until the trail's store has every record: what is still to be done for requests that
// were answered belongs to their round.
func (p process) settled() error {
	const within = time.Minute
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		waiting, err := p.metrics("mcr_audit_spool_pending_records")
		if err != nil {
			return err
		}
		if waiting[0] == 0 {
			return nil
		}
		if time.Since(began) > within {
			return fmt.Errorf("%.0f records are not in the trail %v after the last answer", waiting[0], within)
		}
	}
}
