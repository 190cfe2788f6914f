package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/internal/population"
)

// options are what a run is asked for.
type options struct {
	patients    int
	generations int
	again       bool
	cached      int
	questions   int
	brokers     int
	rate        int
	asks        int
	lasts       time.Duration
	buffers     string // of a PostgreSQL that is started
	mcr         string // the binary
	dir         string // what is thrown away
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := error(nil)
	if len(os.Args) > 1 && os.Args[1] == "feed" {
		err = feed(os.Args[2:])
	} else {
		err = measure(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "region:", err)
		os.Exit(1)
	}
}

// feed writes a feed to standard output.
func feed(args []string) error {
	flags := flag.NewFlagSet("feed", flag.ExitOnError)
	patients := flags.Int("patients", 20_000, "how many patients the region has")
	generation := flags.Int("generation", 0, fmt.Sprintf("which feed, 0 to %d", population.Generations-1))
	whole := flags.Bool("whole", false, "everything as it is by then, not what is new alone")
	_ = flags.Parse(args)
	region, err := population.New(*patients)
	if err != nil {
		return err
	}
	_, err = region.Write(os.Stdout, population.Feed{Generation: *generation, Whole: *whole})
	return err
}

func measure(ctx context.Context) error {
	var opt options
	registries := flag.String("registry", "sqlite,postgres", "sqlite, postgres, or the postgres:// address of an empty database; several with commas")
	flag.IntVar(&opt.patients, "patients", 20_000, "how many patients the region has")
	flag.IntVar(&opt.generations, "generations", population.Generations, "how many feeds are imported")
	flag.BoolVar(&opt.again, "again", false, "import everything a second time, which changes nothing")
	flag.IntVar(&opt.cached, "cached", 20_000, "how many patients a broker keeps in memory")
	flag.IntVar(&opt.questions, "questions", 20_000, "how many patients are asked for")
	flag.IntVar(&opt.brokers, "brokers", 8, "brokers that hear changes")
	flag.IntVar(&opt.rate, "rate", 500, "changes a second, of all brokers")
	flag.IntVar(&opt.asks, "asks", 1000, "questions a second meanwhile, of all brokers")
	flag.StringVar(&opt.buffers, "buffers", "1GB", "shared_buffers of a PostgreSQL that is started")
	flag.DurationVar(&opt.lasts, "lasts", 20*time.Second, "how long changes are made")
	flag.Parse()
	region, err := population.New(opt.patients)
	if err != nil {
		return err
	}
	if opt.dir, err = os.MkdirTemp("", "mcr-region-"); err != nil {
		return err
	}
	defer os.RemoveAll(opt.dir) //nolint:errcheck // a temporary folder
	if opt.mcr = os.Getenv("MCR_BINARY"); opt.mcr == "" {
		opt.mcr = filepath.Join(opt.dir, "mcr")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", opt.mcr, "./cmd/mcr").CombinedOutput(); err != nil {
			return fmt.Errorf("building mcr: %w\n%s", err, out)
		}
	}
	r := report{out: os.Stdout, opt: opt}
	r.begin()
	for where := range strings.SplitSeq(*registries, ",") {
		if err := one(ctx, &r, region, where); err != nil {
			return fmt.Errorf("%s: %w", strings.SplitN(where, "://", 2)[0], err)
		}
	}
	return nil
}

// one measures one registry, and reports each part when it is known.
func one(ctx context.Context, r *report, region population.Region, where string) error {
	p, err := openPlace(ctx, r.opt, where)
	if err != nil {
		return err
	}
	defer p.close()
	r.place(p)
	rows := int64(0)
	for g := range r.opt.generations {
		// While the last feed is imported, professionals record what patients say.
		done, err := importFeed(ctx, r.opt, region, p, population.Feed{Generation: g}, g == r.opt.generations-1)
		if err != nil {
			return fmt.Errorf("importing feed %d: %w", g, err)
		}
		r.imported(done)
		rows += done.rows + int64(len(done.beside))
	}
	if r.opt.again {
		done, err := importFeed(ctx, r.opt, region, p, population.Feed{Generation: r.opt.generations - 1, Whole: true}, false)
		if err != nil {
			return fmt.Errorf("importing everything again: %w", err)
		}
		r.imported(done)
	}
	size, err := p.size(ctx)
	if err != nil {
		return fmt.Errorf("measuring the disk: %w", err)
	}
	size.rows = rows
	r.sized(size)
	found, err := find(ctx, r.opt, region, p)
	if err != nil {
		return fmt.Errorf("asking for facts: %w", err)
	}
	r.found(found)
	heard, err := hear(ctx, r.opt, region, p)
	if err != nil {
		return fmt.Errorf("making changes: %w", err)
	}
	r.heard(heard)
	return nil
}
