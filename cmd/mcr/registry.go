package main

import (
	"fmt"
	"os"

	"github.com/mycarerecord/mcr/registry"
	"github.com/spf13/cobra"
)

func init() {
	register("registry", "import FILE.ndjson", "Takes facts into the registry", `
"mcr registry import FILE.ndjson" takes FHIR resources, one a line, into the
registry: registrations, care relationships, test orders, opt-outs and the like.
docs/registry-import.md says which resource becomes which fact. A file is taken
whole or not at all; taking it a second time changes nothing.`, func(cmd *cobra.Command) {
		var path, by string
		load := &cobra.Command{
			Use: "import FILE.ndjson", Short: "Takes a file of FHIR resources, one a line", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				file, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer file.Close()
				r, err := registry.Open(path, registry.Options{})
				if err != nil {
					return err
				}
				defer r.Close()
				taken, err := r.Import(cmd.Context(), file, by)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), taken)
				return nil
			},
		}
		load.Flags().StringVar(&path, "registry", "data/registry.db", "the registry's SQLite file")
		load.Flags().StringVar(&by, "by", os.Getenv("USER"), "who takes it in, for the history")
		cmd.AddCommand(load)
	})
}
