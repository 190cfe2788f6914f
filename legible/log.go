package legible

import (
	"context"
	"fmt"
	"log/slog"
)

// Log gives a handler that writes out (Line) every text of a log record before next
// has it: an error may quote what a client or a source said.
func Log(next slog.Handler) slog.Handler { return handler{next} }

type handler struct{ next slog.Handler }

// Enabled asks next.
func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle hands the record on.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, Line(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(attr(a))
		return true
	})
	return h.next.Handle(ctx, out)
}

// WithAttrs hands the attributes on.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = attr(a)
	}
	return handler{h.next.WithAttrs(out)}
}

// WithGroup hands the group on.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.next.WithGroup(Line(name))} }

func attr(a slog.Attr) slog.Attr {
	a.Key = Line(a.Key)
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Line(v.String()))
	case slog.KindGroup:
		group := v.Group()
		out := make([]slog.Attr, len(group))
		for i := range group {
			out[i] = attr(group[i])
		}
		a.Value = slog.GroupValue(out...)
	case slog.KindAny:
		a.Value = shownAny(v)
	default:
		a.Value = v
	}
	return a
}

// shownAny keeps what it can: a value of a type that is not known here is handed on,
// for the handler to write in its own form.
func shownAny(v slog.Value) slog.Value {
	switch held := v.Any().(type) {
	case error, fmt.Stringer:
		return slog.StringValue(Line(fmt.Sprint(held))) // which bears a nil pointer
	case []string:
		out := make([]string, len(held))
		for i := range held {
			out[i] = Line(held[i])
		}
		return slog.AnyValue(out)
	}
	return v
}

var _ slog.Handler = handler{}
