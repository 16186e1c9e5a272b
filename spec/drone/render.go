package drone

import (
	"bytes"
)

// maxWork limits the steps of a render. A step is about one byte of text.
const maxWork = 20_000_000

// A renderer writes the text of the nodes.
type renderer struct {
	lookup func(env string) (string, bool)
	tags   []string
	this   []string // of each #each around
	out    bytes.Buffer
	work   int
}

func (r *renderer) nodes(nodes []node) error {
	for i := range nodes {
		if err := r.node(&nodes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *renderer) node(n *node) error {
	if n.value == nil {
		return r.write(0, n.text)
	}
	v, err := r.eval(n.value, n.block != "")
	if err != nil {
		return err
	}
	switch list, isList := v.([]string); {
	case n.block == "if" && isTruthy(v), n.block == "unless" && !isTruthy(v):
		return r.nodes(n.body)
	case n.block == "each" && !isList && isTruthy(v):
		return errorf(n.value.at, "#each takes a list, such as build.tags")
	case n.block == "each" && isList && len(list) > 0:
		for _, item := range list {
			r.this = append(r.this, item)
			if err := r.nodes(n.body); err != nil {
				return err
			}
			r.this = r.this[:len(r.this)-1]
		}
		return nil
	case n.block != "":
		return r.nodes(n.otherwise)
	case isList:
		return errorf(n.value.at, "a list cannot be printed: {{#each build.tags}} goes through it")
	}
	return r.write(n.value.at, textOf(v))
}

func (r *renderer) write(at int, s string) error {
	if r.out.Len()+len(s) > MaxTemplate {
		return errorf(at, "what comes of the template is larger than %d KiB", MaxTemplate>>10)
	}
	r.out.WriteString(s)
	return nil
}
