package suite_test

import (
	"context"
	"errors"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
)

var errFull = errors.New("no space left on the device")

// full is a store that can be read, and written while it has room.
type full struct {
	registry.Store
	begin, commit error
}

func (f *full) Begin(ctx context.Context) (registry.Tx, error) {
	if f.begin != nil {
		return nil, f.begin
	}
	tx, err := f.Store.Begin(ctx)
	return fullTx{tx, f}, err
}

type fullTx struct {
	registry.Tx
	of *full
}

func (t fullTx) Commit() error {
	if t.of.commit != nil {
		t.Rollback()
		return t.of.commit
	}
	return t.Tx.Commit()
}

// What cannot be written is told until something is; what is refused, or waited in vain, is not that.
func TestWhatCannotBeWrittenIsTold(t *testing.T) {
	store, err := openStore(t, t.TempDir()+"/registry.db", quiet(registry.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	f := &full{Store: store}
	r := registry.New(f, quiet(registry.Options{}))
	t.Cleanup(func() { r.Close() })
	for i, c := range []struct {
		name          string
		begin, commit error
		action        access.Action
		want          error
	}{
		{"nothing was tried", nil, nil, access.View, nil},
		{"others write", registry.ErrBusy, nil, access.RecordPermission, nil},
		{"it cannot begin", errFull, nil, access.RecordPermission, errFull},
		{"there is nothing to withdraw", nil, nil, access.Withdraw, errFull},
		{"it is written", nil, nil, access.RecordPermission, nil},
		{"it cannot be committed", nil, errFull, access.RecordRefusal, errFull},
		{"it is written again", nil, nil, access.RecordRefusal, nil},
	} {
		f.begin, f.commit = c.begin, c.commit
		q := states(asks(number(1)), c.action, access.Statement{})
		if c.action == access.Withdraw {
			q.Statement.Permission = "none"
		}
		if change, err := r.Prepare(t.Context(), q, "p"+string(rune('a'+i))); err == nil {
			_ = change.Commit()
		}
		if got := r.Unwritten(); !errors.Is(got, c.want) {
			t.Errorf("%s: %v, not %v", c.name, got, c.want)
		}
	}
}
