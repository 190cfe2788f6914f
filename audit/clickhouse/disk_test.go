//go:build servers

package clickhouse_test

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// onDisk gives the files below a server's folder that hold one of some texts, as they are
// or in a compressed block, each with the first that it holds.
func onDisk(t *testing.T, dir string, texts ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() { // a table's folder has a link to it
			return skipGone(err)
		}
		if strings.Contains(path, "/data/system/") { // what the server notes of questions: docs/clickhouse.md
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return skipGone(err)
		}
		for _, part := range [][]byte{content, unpacked(content)} {
			for _, text := range texts {
				if bytes.Contains(part, []byte(text)) {
					found[strings.TrimPrefix(path, dir)] = text
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// skipGone lets files pass that a server has removed meanwhile.
func skipGone(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// unpacked gives what is in the compressed blocks of a file: a checksum of 16 bytes, the
// method, the length with these nine bytes, the length unpacked (ClickHouse, "Compression in
// ClickHouse", CompressedReadBufferBase). Blocks of another method hold numbers.
func unpacked(file []byte) (all []byte) {
	const sum, head = 16, 9
	decoder, err := zstd.NewReader(nil)
	if err != nil {
		panic(err)
	}
	defer decoder.Close()
	for len(file) >= sum+head {
		method := file[sum]
		packed, size := binary.LittleEndian.Uint32(file[sum+1:]), binary.LittleEndian.Uint32(file[sum+5:])
		if packed < head || uint64(packed) > uint64(len(file)-sum) || size > 1<<28 {
			return all
		}
		block := file[sum+head : sum+packed]
		switch method {
		case 0x02:
			all = append(all, block...)
		case 0x82:
			to := make([]byte, size)
			n, _ := lz4.UncompressBlock(block, to)
			all = append(all, to[:max(n, 0)]...)
		case 0x90:
			all, _ = decoder.DecodeAll(block, all)
		}
		file = file[sum+packed:]
	}
	return all
}
