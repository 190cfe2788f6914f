package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/durable"
)

func policyKey() *cobra.Command {
	r := &releasing{}
	cmd := &cobra.Command{
		Use: "key NAME", Args: exactly("the name of who holds the key, in quotes where it is of several words"), Short: "Makes a key with which somebody approves or signs releases",
		Long: `Makes a key for one person, whose name it bears: a JSON Web Key on the curve P-256. The
private half goes to the file --out, readable by its owner alone; the public half, with what the
key may do, is added to the key set --add-to, which brokers believe. Each person has a key of
their own: two approvals are those of two people.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.out == "" || r.trust == "" {
				return errors.New("give --out, the file of the private half, and --add-to, the key set")
			}
			var may []release.May
			for _, m := range r.may {
				may = append(may, release.May(m))
			}
			k, err := release.NewKey(args[0])
			if err != nil {
				return err
			}
			public, err := k.Public(may...)
			if err != nil {
				return err
			}
			set := struct {
				Keys []json.RawMessage `json:"keys"`
			}{}
			if text, err := os.ReadFile(r.trust); err == nil {
				if err := json.Unmarshal(text, &set); err != nil {
					return fmt.Errorf("%s: %w", r.trust, err)
				}
			} else if !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			set.Keys = append(set.Keys, public)
			text, err := json.MarshalIndent(set, "", "  ")
			if err != nil {
				return err
			}
			if _, err := release.ParseTrust(text); err != nil {
				return err
			}
			private, err := k.Private()
			if err != nil {
				return err
			}
			err = durable.Create(r.out, func(f *os.File) error {
				_, err := f.Write(private)
				return err
			})
			if err != nil {
				return err
			}
			return errors.Join(durable.Replace(r.trust, append(text, '\n')), os.Chmod(r.trust, 0o644))
		},
	}
	r.outFlag(cmd, "the file of the private half; it must not be there yet")
	cmd.Flags().StringVar(&r.trust, "add-to", "", "the key set of public halves, made when it is not there")
	cmd.Flags().StringSliceVar(&r.may, "may", []string{string(release.Approve)}, "what it may do: approve, sign, or both")
	return cmd
}

func readKey(path string) (release.Key, error) {
	if path == "" {
		return release.Key{}, errors.New("--key: name the file of your key (mcr policy key makes one)")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return release.Key{}, err
	}
	return release.ParseKey(text)
}

func readTrust(path string) (release.Trust, error) {
	if path == "" {
		return release.Trust{}, errors.New("--trust: name the file of the keys that may sign and approve (mcr policy key --add-to makes it)")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return release.Trust{}, err
	}
	return release.ParseTrust(text)
}
