package output

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
)

// A table is text in columns, with a gap of some blanks between them. All tables of the program are made here.
type table struct {
	indent string
	b      bytes.Buffer
	w      *tabwriter.Writer
}

func newTable(indent string, gap int) *table {
	t := &table{indent: indent}
	t.w = tabwriter.NewWriter(&t.b, 0, 0, gap, ' ', 0)
	return t
}

// row adds a row. Each cell is escaped.
func (t *table) row(cells ...string) {
	for i, cell := range cells {
		cells[i] = Printable(cell)
	}
	fmt.Fprintf(t.w, "%s%s\n", t.indent, strings.Join(cells, "\t"))
}

// bytes returns the rows, aligned.
func (t *table) bytes() []byte {
	t.w.Flush()
	return t.b.Bytes()
}
