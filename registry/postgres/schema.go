package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrSchema says that the database's schema is not the one that this mcr knows.
var ErrSchema = errors.New("the registry's schema is not of this version of mcr")

// steps are the files of the schema, the first one first.
func steps() []string {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, file := range files {
		if n, err := strconv.Atoi(path.Base(file)[:4]); err != nil || n != i+1 {
			panic(file + " is not number " + strconv.Itoa(i+1))
		}
	}
	return files
}

// version is the schema that this mcr knows.
var version = len(steps())

// fits returns nil if a schema is the one that this mcr knows.
func fits(have int) error {
	switch {
	case have == 0:
		return fmt.Errorf("%w: the database holds no registry yet: run mcr registry migrate", ErrSchema)
	case have < version:
		return fmt.Errorf("%w: it has version %d, this needs %d: run mcr registry migrate", ErrSchema, have, version)
	case have > version:
		return fmt.Errorf("%w: it has version %d, this knows %d: start a newer mcr", ErrSchema, have, version)
	}
	return nil
}

// schemaOf asks for the schema's version; 0 where there is none.
func schemaOf(ctx context.Context, c *pgx.Conn) (have int, err error) {
	var there bool
	if err := c.QueryRow(ctx, "SELECT to_regclass('registry.schema_version') IS NOT NULL").Scan(&there); err != nil || !there {
		return 0, err
	}
	err = c.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM registry.schema_version").Scan(&have)
	return have, err
}
