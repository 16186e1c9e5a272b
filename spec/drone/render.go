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
	place  place // in the YAML of out
	work   int
}

// inTag replaces a tag whose text is not known yet. No scalar ends before it.
const inTag = "{{"

// nodes renders a list of nodes. The text behind the last of them is next.
func (r *renderer) nodes(nodes []node, next string) error {
	for i := range nodes {
		if err := r.node(&nodes[i], textBehind(nodes[i+1:], next)); err != nil {
			return err
		}
	}
	return nil
}

// textBehind returns the text that the nodes begin with.
func textBehind(nodes []node, next string) string {
	for _, n := range nodes {
		switch {
		case n.value != nil:
			return inTag
		case n.text != "":
			return n.text
		}
	}
	return next
}

func (r *renderer) node(n *node, next string) error {
	if n.value == nil {
		return r.write(0, n.text)
	}
	v, err := r.eval(n.value, n.block != "")
	if err != nil {
		return err
	}
	switch list, isList := v.([]string); {
	case n.block == "if" && isTruthy(v), n.block == "unless" && !isTruthy(v):
		return r.nodes(n.body, next)
	case n.block == "each" && !isList && isTruthy(v):
		return errorf(n.value.at, "#each needs a list, such as build.tags")
	case n.block == "each" && isList && len(list) > 0:
		for i, item := range list {
			r.this = append(r.this, item)
			behind := next
			if i < len(list)-1 {
				behind = textBehind(n.body, inTag)
			}
			if err := r.nodes(n.body, behind); err != nil {
				return err
			}
			r.this = r.this[:len(r.this)-1]
		}
		return nil
	case n.block != "":
		return r.nodes(n.otherwise, next)
	case isList:
		return errorf(n.value.at, "a list cannot be printed: use {{#each build.tags}}")
	}
	text, fault := r.place.valueText(textOf(v), next)
	if fault != "" {
		return errorf(n.value.at, "the value of %s %s", n.value.name(), fault)
	}
	return r.write(n.value.at, text)
}

// name is what messages call an expression.
func (e *expr) name() string {
	switch {
	case e.helper != "":
		return "{{" + e.helper + " …}}"
	case e.path != "":
		return "{{" + e.path + "}}"
	}
	return "a string"
}

func (r *renderer) write(at int, s string) error {
	if r.out.Len()+len(s) > MaxTemplate {
		return errorf(at, "the output of the template is larger than the limit of %d KiB", MaxTemplate>>10)
	}
	r.out.WriteString(s)
	r.place.read(s)
	return nil
}
