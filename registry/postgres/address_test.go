package postgres_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mycarerecord/mcr/registry/postgres"
)

func TestAddressesThatAreTaken(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://mcr@db.example/mcr":                                          "postgres://mcr@db.example:5432/mcr?sslmode=verify-full",
		"postgresql://mcr@db.example:6432/mcr?sslmode=verify-full":               "postgres://mcr@db.example:6432/mcr?sslmode=verify-full",
		"postgres://mcr@a.example,b.example:1/m?target_session_attrs=read-write": "postgres://mcr@a.example:5432,b.example:1/m?sslmode=verify-full",
		"postgres://mcr@db/m?sslrootcert=/etc/ca.pem&sslcert=/c&sslkey=/k":       "postgres://mcr@db:5432/m?sslcert=%2Fc&sslkey=%2Fk&sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
		"postgres://mcr@127.0.0.1/m":                                             "postgres://mcr@127.0.0.1:5432/m?sslmode=disable",
		"postgres://mcr@[::1]:5433/m?sslmode=disable":                            "postgres://mcr@[::1]:5433/m?sslmode=disable",
		"postgres://mcr@localhost/m":                                             "postgres://mcr@localhost:5432/m?sslmode=disable",
		"postgres://mcr@127.0.0.1/m?sslmode=verify-full":                         "postgres://mcr@127.0.0.1:5432/m?sslmode=verify-full",
		"postgres://mcr@[2001:db8::1]/m":                                         "postgres://mcr@[2001:db8::1]:5432/m?sslmode=verify-full",
		"postgres://mcr@/m?host=/run/postgresql":                                 "postgres://mcr@/m?host=%2Frun%2Fpostgresql&port=5432",
		"postgres://mcr@/m?host=%2Frun%2Fpg&port=1&sslmode=disable":              "postgres://mcr@/m?host=%2Frun%2Fpg&port=1",
		"postgres://a%20b%40c@db/d%20e":                                          "postgres://a%20b%40c@db:5432/d%20e?sslmode=verify-full",
	} {
		a, err := postgres.ParseAddress(text)
		if err != nil || a.String() != want {
			t.Errorf("%s\n got %s %v\nwant %s", text, a, err, want)
		}
	}
}

func TestAddressesThatAreRefusedSayWhatToWrite(t *testing.T) {
	for text, want := range map[string]string{
		"":                                                           "begin it with postgres://",
		"host=db user=mcr":                                           "character",
		"mysql://mcr@db/m":                                           "begin it with postgres://",
		"postgres://db/m":                                            "as whom",
		"postgres://@db/m":                                           "as whom",
		"postgres://mcr:hunter2@db/m":                                "password",
		"postgres://mcr:hunter2/x@db/m":                              "as whom",
		"postgres://mcr:hun@ter2@db/m":                               "password",
		"postgres://mcr@db/m?password=hunter2":                       "password",
		"postgres://mcr@db/m?sslpassword=hunter2":                    "password",
		"postgres://mcr@db":                                          "no database",
		"postgres://mcr@db/":                                         "no database",
		"postgres://mcr@db/a/b":                                      "more than one",
		"postgres://mcr@/m":                                          "names no host",
		"postgres://mcr@db/m#x":                                      "'#'",
		"postgres://mcr@db:0/m":                                      "port",
		"postgres://mcr@db:65536/m":                                  "port",
		"postgres://mcr@db:x/m":                                      "port",
		"postgres://mcr@db:/m":                                       "port",
		"postgres://mcr@[::1/m":                                      "host",
		"postgres://mcr@[db]/m":                                      "host",
		"postgres://mcr@a..b/m":                                      "host",
		"postgres://mcr@a,,b/m":                                      "host",
		"postgres://mcr@%2Ftmp/m":                                    "host",
		"postgres://mcr@fe80::1%25eth0/m":                            "port",
		"postgres://mcr@db/m?sslmode=require":                        "verify-full",
		"postgres://mcr@db/m?sslmode=prefer":                         "verify-full",
		"postgres://mcr@db/m?sslmode=verify-ca":                      "verify-full",
		"postgres://mcr@127.0.0.1/m?sslmode=allow":                   "verify-full",
		"postgres://mcr@db/m?sslmode=disable":                        "not of this machine",
		"postgres://mcr@127.0.0.1,db/m?sslmode=disable":              "not of this machine",
		"postgres://mcr@localhost.example/m?sslmode=disable":         "not of this machine",
		"postgres://mcr@127.0.0.1.nip.io/m?sslmode=disable":          "not of this machine",
		"postgres://mcr@0.0.0.0/m?sslmode=disable":                   "not of this machine",
		"postgres://mcr@2130706433/m?sslmode=disable":                "not of this machine",
		"postgres://mcr@127.1/m?sslmode=disable":                     "not of this machine",
		"postgres://mcr@db/m?sslmode=verify-full&sslmode=disable":    "twice",
		"postgres://mcr@db/m?sslcert=/c":                             "belong together",
		"postgres://mcr@db/m?sslrootcert=ca.pem":                     "not absolute",
		"postgres://mcr@127.0.0.1/m?sslmode=disable&sslrootcert=/ca": "no TLS",
		"postgres://mcr@/m?host=/run&sslmode=verify-full":            "no TLS",
		"postgres://mcr@db/m?host=/run":                              "keep one",
		"postgres://mcr@/m?host=run":                                 "host",
		"postgres://mcr@db/m?target_session_attrs=any":               "read-write",
		"postgres://mcr@db/m?service=x":                              "not known here",
		"postgres://mcr@db/m?passfile=/x":                            "not known here",
		"postgres://mcr@db/m?options=-csearch_path%3Dx":              "not known here",
		"postgres://mcr@db/m?SSLMODE=disable":                        "not known here",
		"postgres://mcr@db/m?sslmode":                                "without a value",
		"postgres://m\x00cr@db/m":                                    "character",
		"postgres://m%00cr@db/m":                                     "character",
		"postgres://mcr@db/m%":                                       "character",
		"postgres://mcr@db/" + strings.Repeat("m", 3000):             "longer",
	} {
		_, err := postgres.ParseAddress(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "mysql")) {
			t.Errorf("%q: the error quotes it: %v", text, err)
		}
	}
}

// Whatever is taken is read as the same address again, and libpq's reader (as pgx has it) takes it
// for the same server and never for one that is spoken to in the clear.
func FuzzAddress(f *testing.F) {
	for _, text := range []string{"postgres://mcr@db.example/mcr", "postgres://mcr@a,b:1/m?sslmode=verify-full&sslrootcert=/ca",
		"postgres://mcr@/m?host=/run/postgresql&port=5433", "postgres://mcr@[::1]:5433/m?sslmode=disable", "postgres://a%20b@localhost/m",
		"postgresql://m:p@h/d?target_session_attrs=read-write", "postgres://m@127.0.0.2,[::1]/d"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := postgres.ParseAddress(text)
		if err != nil {
			return
		}
		again, err := postgres.ParseAddress(a.String())
		if err != nil || again.String() != a.String() {
			t.Fatalf("%q is shown as %q, which is read as %q %v", text, a, again, err)
		}
		if strings.Contains(text, "cert") || strings.Contains(text, "sslkey") {
			return // the files are not there
		}
		for _, shown := range []string{text, a.String()} {
			theirs, err := pgconn.ParseConfig(with(shown, "passfile=/dev/null"))
			if err != nil {
				t.Fatalf("%q: they say %v", shown, err)
			}
			ours, err := postgres.Configured(text)
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if theirs.User != ours.User || theirs.Database != ours.Database || theirs.Host != ours.Host || theirs.Port != ours.Port || ours.Password != "" {
				t.Fatalf("%q: they read %s@%s:%d/%s, we %s@%s:%d/%s", shown, theirs.User, theirs.Host, theirs.Port, theirs.Database, ours.User, ours.Host, ours.Port, ours.Database)
			}
			loopback := strings.HasPrefix(ours.Host, "/") || strings.HasPrefix(ours.Host, "127.") || ours.Host == "localhost" || ours.Host == "::1" || strings.HasPrefix(ours.Host, "::ffff:127.") || strings.HasPrefix(ours.Host, "::ffff:7f")
			if ours.TLSConfig == nil && !loopback {
				t.Fatalf("%q is spoken to in the clear", text)
			}
			if ours.TLSConfig != nil && (ours.TLSConfig.InsecureSkipVerify || ours.TLSConfig.ServerName != ours.Host) {
				t.Fatalf("%q: TLS is not verified", text)
			}
		}
	})
}

// with adds a parameter to an address.
func with(address, parameter string) string {
	switch {
	case !strings.Contains(address, "?"):
		return address + "?" + parameter
	case strings.HasSuffix(address, "?") && strings.Count(address, "?") == 1:
		return address + parameter
	}
	return address + "&" + parameter
}
