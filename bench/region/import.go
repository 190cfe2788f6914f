package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/mycarerecord/mcr/internal/population"
)

// imported is what the import of one feed took.
type imported struct {
	feed   population.Feed
	told   population.Told
	took   time.Duration
	works  time.Duration // of the process's processors
	memory int64         // bytes, the most that the process had
	rows   int64         // that it added
	beside distribution
	failed int // of the statements that were recorded beside it
}

// importFeed has a process of "mcr registry import" take a feed.
func importFeed(ctx context.Context, opt options, region population.Region, p *place, f population.Feed, beside bool) (imported, error) {
	done := imported{feed: f}
	path, err := done.write(opt.dir, region)
	if err != nil {
		return done, err
	}
	defer os.Remove(path) //nolint:errcheck // the folder goes in the end
	cmd := exec.CommandContext(ctx, opt.mcr, append([]string{"registry", "import", "--by", "bench", path}, p.arguments...)...)
	var words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &words, &words
	over, statements := make(chan struct{}), make(chan error, 1)
	if beside {
		go func() { statements <- done.recordBeside(ctx, region, p, over) }()
	} else {
		statements <- nil
	}
	began := time.Now()
	err = cmd.Run()
	done.took = time.Since(began)
	close(over)
	if besideErr := <-statements; err == nil && besideErr != nil {
		return done, besideErr
	}
	if err != nil {
		return done, fmt.Errorf("%w\n%s", err, words.Bytes()[max(0, words.Len()-2000):])
	}
	done.works = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	done.memory = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	if done.rows, err = added(words.String()); err != nil {
		return done, fmt.Errorf("%w:\n%s", err, words.String())
	}
	return done, nil
}

// write writes the feed to a file: an import reads it twice.
func (done *imported) write(dir string, region population.Region) (path string, err error) {
	file, err := os.Create(filepath.Join(dir, "feed.ndjson"))
	if err != nil {
		return "", err
	}
	done.told, err = region.Write(file, done.feed)
	return file.Name(), errors.Join(err, file.Close())
}

var addedWords = regexp.MustCompile(`(\d+) entries added, (\d+) changed`)

// added reads how many versions an import says that it added.
func added(said string) (n int64, err error) {
	words := addedWords.FindStringSubmatch(said)
	if words == nil {
		return 0, errors.New("the import does not say what it added")
	}
	for _, digits := range words[1:] {
		m, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return 0, err
		}
		n += m
	}
	return n, nil
}

// recordBeside records a permission 20 times a second until the import is over.
func (done *imported) recordBeside(ctx context.Context, region population.Region, p *place, over <-chan struct{}) error {
	r, err := p.broker(ctx, "beside")
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // it was measured, and is thrown away
	tick := time.NewTicker(time.Second / 20)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-over:
			return nil
		case <-tick.C:
		}
		said := statement(region.Patient(i*7919%region.Patients()), fmt.Sprintf("beside-%d", i))
		began := time.Now()
		if err := said.record(ctx, r.Registry); err != nil {
			done.failed++
			continue
		}
		done.beside = append(done.beside, time.Since(began))
	}
}
