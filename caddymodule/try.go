package caddymodule

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/protect"
)

// tryData says what a start on the data folder would meet, and makes nothing: neither the
// folder nor anything in it, and it takes no lock, so that it can be asked beside a running
// broker.
func (a *App) tryData() (faults []error) {
	fault := func(field, format string, args ...any) {
		faults = append(faults, Fault{inBroker + "." + field, fmt.Sprintf(format, args...)})
	}
	if why := writable(a.Data); why != nil {
		fault("data", "data: %v", why)
		return faults
	}
	registry, named := a.Registry.file(a.Data), a.Registry.DSN != ""
	if registry == "" {
		// askOthers asks it
	} else if _, err := os.Stat(filepath.Dir(registry)); err != nil && named {
		fault("registry", "registry: there is no folder %s; make it, or name the one that is meant", filepath.Dir(registry))
	} else if why := writable(filepath.Dir(registry)); why != nil && named {
		fault("registry", "registry: %v", why)
	} else if err := sqliteFile(registry); err != nil {
		fault("registry", "registry: %v", err)
	} else if err := stillThere(a.Data, registry); err != nil {
		fault("registry", "%v", err)
	}
	if a.Trail.Kind == "sqlite" && a.Trail.address != "" {
		if why := writable(filepath.Dir(a.Trail.address)); why != nil {
			fault("trail", "trail: %v", why)
		} else if err := sqliteFile(a.Trail.address); err != nil {
			fault("trail", "trail: %v", err)
		}
	}
	keys := filepath.Join(a.Data, "keys")
	if _, err := protect.LoadKeys(keys); err != nil && !errors.Is(err, fs.ErrNotExist) {
		fault("data", "data: %v", err)
	}
	sign, err := ranOn(a.Data)
	if err != nil {
		fault("data", "data: %v", err)
	}
	if segments, _ := filepath.Glob(filepath.Join(a.Data, "spool", "*")); sign == "" && len(segments) > 0 {
		sign = "its spool"
	}
	if _, err := os.Stat(registry); registry != "" && sign != "" && errors.Is(err, fs.ErrNotExist) {
		fault("registry", "%s is gone, though a broker has run on %s (%s tells of it): an empty one would know of no opt-out; restore it, or make it again with mcr registry import", registry, a.Data, sign)
	}
	for name, remedy := range map[string]string{
		"keys":  "what it recorded cannot be read without them; restore them from the deployment's safe",
		"spool": "records that the trail does not have yet are in it; restore it, or see docs/operating.md (mcr audit accept-gap)",
	} {
		if _, err := os.Stat(filepath.Join(a.Data, name)); sign != "" && errors.Is(err, fs.ErrNotExist) {
			fault("data", "data: %s is gone, though a broker has run on %s (%s tells of it): %s", filepath.Join(a.Data, name), a.Data, sign, remedy)
		}
	}
	return faults
}

// writable says why nothing could be made in a folder, or the folder itself not be made.
func writable(folder string) error {
	info, err := os.Stat(folder)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s is a file; name a folder", folder)
	case err == nil:
		if err := syscall.Access(folder, 2|1); err != nil { // W_OK and X_OK
			return fmt.Errorf("nothing can be written in %s: %w; give it to this program's user", folder, err)
		}
		return nil
	case errors.Is(err, fs.ErrNotExist):
		above := filepath.Dir(absolute(folder))
		if above == absolute(folder) {
			return err
		}
		return writable(above)
	}
	return err
}

// sqliteFile says why a file is no database that can be written to. One that is not there yet
// will be made.
func sqliteFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w; give it to this program's user", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	beginning := make([]byte, 16)
	switch n, err := io.ReadFull(f, beginning); {
	case n == 0 && errors.Is(err, io.EOF):
		return nil
	case err != nil || !bytes.Equal(beginning, []byte("SQLite format 3\x00")):
		return fmt.Errorf("%s is no SQLite file; name another, or take it away when you have looked", path)
	}
	return nil
}

// askOthers asks those who know better: the trail's store whether it takes records, and the
// issuers what they are called.
func (a *App) askOthers(ctx context.Context) (faults, unsure []error) {
	if a.Trail.Kind == "clickhouse" && a.Trail.address != "" {
		if opt, err := clickhouse.ParseDSN(a.Trail.address); err != nil {
			faults = append(faults, Fault{inBroker + ".trail", "trail: " + err.Error()})
		} else {
			opt.Timeout = 5 * time.Second
			ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
			defer cancel()
			for _, err := range clickhouse.Try(ctx, opt) {
				faults = append(faults, Fault{inBroker + ".trail", "trail: " + err.Error()})
			}
		}
	}
	faults = append(faults, a.Registry.try(ctx, a.Data)...)
	for n, issuer := range a.Issuers {
		path := fmt.Sprintf("%s.issuers[%d]", inBroker, n)
		wrong, doubt := askIssuer(ctx, issuer)
		if wrong != "" {
			faults = append(faults, Fault{path, fmt.Sprintf("issuer %s: %s", issuer.Name, wrong)})
		}
		if doubt != "" {
			unsure = append(unsure, Fault{path, fmt.Sprintf("issuer %s: %s", issuer.Name, doubt)})
		}
	}
	return faults, unsure
}
