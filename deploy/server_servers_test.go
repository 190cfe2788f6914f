//go:build servers

package deploy_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit/clickhouse/users"
	"github.com/mycarerecord/mcr/internal/servers"
)

// server is one ClickHouse for all tests, with the users of clickhouse/users.d.
var server *servers.ClickHouse

const secret = "a password of the tests"

// loggingIn are the users of deploy/clickhouse who log in here, as the XML makes them; with
// ofSQL before their names, as the SQL does.
var loggingIn = []string{"mcr_writer", "mcr_migrator", "mcr_eraser", "mcr_auditor", "mcr_analyst", "mcr_reader_z91001"}

func TestMain(m *testing.M) {
	flag.Parse()
	code := func() int {
		dir, err := *dataFolder, error(nil)
		if dir == "" {
			if dir, err = os.MkdirTemp("", "mcr-deploy"); err == nil {
				defer os.RemoveAll(dir)
			}
		}
		if err == nil {
			err = startServer(dir)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer server.Stop()
		return m.Run()
	}()
	os.Exit(code)
}

const administrator = `<clickhouse><profiles><default/></profiles><quotas><default/></quotas>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota><access_management>1</access_management></default>
<unlisted><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota><databases><mcr><row_policy_probe><filter>0</filter></row_policy_probe></mcr></databases></unlisted></users></clickhouse>`

func startServer(dir string) (err error) {
	sum := sha256.Sum256([]byte(secret))
	for _, name := range append(loggingIn, "mcr_reader_z91002") {
		os.Setenv(users.Variable(name), hex.EncodeToString(sum[:]))
	}
	asXML, err := os.ReadFile("clickhouse/users.d/mcr-users.xml")
	if err != nil {
		return err
	}
	asSQL, err := os.ReadFile("clickhouse/access.sql")
	if err != nil {
		return err
	}
	translated, err := usersOfSQL(string(asSQL))
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{"users.xml": []byte(administrator), "users.d/mcr-users.xml": asXML, "users.d/of-sql.xml": []byte(translated)} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	server, err = servers.StartClickHouse(context.Background(), filepath.Join(dir, "data"), filepath.Join(dir, "users.xml"))
	return err
}

// reader is somebody who asks over HTTP, as the SQL of a panel is asked.
type reader struct {
	user, password, database string
	settings                 map[string]string
}

var broker = reader{user: "default"}

func regional(database string) reader {
	return reader{user: "mcr_auditor", password: secret, database: database}
}
func practice(database string) reader {
	return reader{user: "mcr_reader_z91001", password: secret, database: database}
}

// answer is what came, by columns and rows, each cell as text.
type answer struct {
	columns []string
	rows    [][]string
}

// ask asks; parameters are those of {name:Type}.
func (r reader) ask(ctx context.Context, sql string, parameters map[string]string) (answer, error) {
	said, err := r.raw(ctx, sql, parameters)
	if err != nil {
		return answer{}, err
	}
	body := []byte(said)
	if len(bytes.TrimSpace(body)) == 0 {
		return answer{}, nil
	}
	var got struct {
		Meta []struct{ Name string }
		Data [][]any
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&got); err != nil {
		return answer{}, fmt.Errorf("%w: %.300s", err, body)
	}
	var a answer
	for _, m := range got.Meta {
		a.columns = append(a.columns, m.Name)
	}
	for _, cells := range got.Data {
		row := make([]string, len(cells))
		for i, cell := range cells {
			row[i] = text(cell)
		}
		a.rows = append(a.rows, row)
	}
	return a, nil
}

// raw asks and gives the answer as it comes.
func (r reader) raw(ctx context.Context, sql string, parameters map[string]string) (string, error) {
	query := url.Values{"database": {r.database}, "default_format": {"JSONCompact"}}
	for name, value := range parameters {
		query.Set("param_"+name, value)
	}
	for name, value := range r.settings {
		query.Set(name, value)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+server.HTTP+"/?"+query.Encode(), strings.NewReader(sql))
	if err != nil {
		return "", err
	}
	request.Header.Set("X-ClickHouse-User", r.user)
	request.Header.Set("X-ClickHouse-Key", r.password)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %.600s", response.Status, body)
	}
	return string(body), nil
}

func text(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case json.Number:
		if f, err := v.Float64(); err == nil && strings.ContainsAny(v.String(), ".eE") {
			return number(f)
		}
		return v.String()
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = text(one)
		}
		return strings.Join(parts, ", ")
	default:
		return fmt.Sprint(v)
	}
}

// must asks and fails the test when there is no answer.
func (r reader) must(t testing.TB, sql string, parameters map[string]string) answer {
	t.Helper()
	a, err := r.ask(t.Context(), sql, parameters)
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return a
}
