package suite_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
)

// turnless is a store that lost who was importing, as PostgreSQL does with a connection.
type turnless struct{ registry.Store }

func (turnless) Alone(context.Context, func()) (func(), error) { return func() {}, nil }

// An import that finds that another one began gives up: older lines would come after newer ones.
func TestAnImportGivesUpWhenAnotherBegan(t *testing.T) {
	store, err := openStore(t, t.TempDir()+"/registry.db", quiet(registry.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	r := registry.New(turnless{store}, quiet(registry.Options{}))
	t.Cleanup(func() { r.Close() })
	older := region(200) + "\n" + optOut("last", number(1), "inactive")
	newer := optOut("last", number(1), "active")
	var once sync.Once
	opt := as("the older")
	opt.Progress = func(p intake.Progress) {
		if p.Writing && p.Lines > 100 && p.Lines < 1500 {
			once.Do(func() {
				if _, err := intake.Import(t.Context(), r, strings.NewReader(newer), as("the newer")); err != nil {
					t.Error(err)
				}
			})
		}
	}
	_, err = intake.Import(t.Context(), r, strings.NewReader(older), opt)
	if err == nil || !strings.Contains(err.Error(), "another import began") {
		t.Errorf("the older: %v", err)
	}
	if got := gather(r, asks(number(1))).OptOut.State; got != access.Known {
		t.Errorf("the newer file's no is %v", got)
	}
}
