package drone

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
)

// maxValue limits the bytes of one value.
const maxValue = 64 << 10

// eval gives the value of an expression: a string, an int, a bool or a list. Where it is only asked
// whether there is one, a variable may be absent.
func (r *renderer) eval(e *expr, mayBeAbsent bool) (any, error) {
	if err := r.spend(e, 100); err != nil {
		return nil, err
	}
	switch {
	case e.literal != nil:
		return e.literal, nil
	case e.helper != "":
		return r.call(e)
	case e.path == "this":
		return r.this[len(r.this)-1], nil
	case e.path == "build.tags":
		return r.tags, r.spend(e, len(r.tags))
	}
	if variable, ok := variables[e.path]; ok {
		return variable.value(r.lookup), nil
	}
	value, ok := r.lookup(e.path)
	if !ok && !mayBeAbsent {
		return nil, errorf(e.at, "unknown variable %q: not set in the environment", excerpt.Of(e.path))
	}
	return value, nil
}

func (r *renderer) call(e *expr) (any, error) {
	helper := helpers[e.helper]
	args := make([]argument, len(e.args))
	size := 0
	for i, arg := range e.args {
		v, err := r.eval(arg, helper.takes[i] == 'v')
		if err != nil {
			return nil, err
		}
		a := argument{value: v, text: textOf(v)}
		_, isList := v.([]string)
		switch helper.takes[i] {
		case 't', 'w':
			limit := maxValue
			if helper.takes[i] == 'w' {
				limit = maxWord
			}
			if isList || len(a.text) > limit {
				return nil, errorf(arg.at, "helper %s: argument %d must be a text of at most %d bytes", e.helper, i+1, limit)
			}
		case 'n':
			if a.number, err = strconv.Atoi(a.text); err != nil {
				return nil, errorf(arg.at, "helper %s: argument %d must be a number, found %q", e.helper, i+1, excerpt.Of(a.text))
			}
		}
		size += len(a.text)
		args[i] = a
	}
	if err := r.spend(e, size*cmp.Or(helper.cost, 1)); err != nil {
		return nil, err
	}
	v, err := helper.call(args)
	if err != nil {
		return nil, errorf(e.at, "helper %s: %v", e.helper, err)
	}
	return v, nil
}

// spend counts work, so that no template takes long.
func (r *renderer) spend(e *expr, work int) error {
	if r.work += work; r.work > maxWork {
		return errorf(e.at, "the template takes too many steps")
	}
	return nil
}

// isTruthy is the condition of #if. An empty text, an empty list, 0 and false are not true.
func isTruthy(v any) bool {
	list, isList := v.([]string)
	return isList && len(list) > 0 || !isList && v != "" && v != 0 && v != false
}

func textOf(v any) string {
	if _, isList := v.([]string); isList {
		return ""
	}
	return fmt.Sprint(v)
}
