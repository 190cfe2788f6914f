package registry

import (
	"context"

	"github.com/mycarerecord/mcr/nhs"
)

// What an import needs of a Registry is its store's.

// Begin begins a transaction of the store.
func (r *Registry) Begin(ctx context.Context) (Tx, error) { return r.store.Begin(ctx) }

// Alone waits until nobody else imports, as [Store] says.
func (r *Registry) Alone(ctx context.Context, waiting func()) (release func(), err error) {
	return r.store.Alone(ctx, waiting)
}

// Versions reads what is on record under a number, as [Reader] says.
func (r *Registry) Versions(ctx context.Context, number nhs.Number, take func(*Entry) error) error {
	return r.store.Versions(ctx, number, take)
}

// Newest reads the entries of resources, as [Reader] says.
func (r *Registry) Newest(ctx context.Context, keys []string, take func(*Entry) error) error {
	return r.store.Newest(ctx, keys, take)
}
