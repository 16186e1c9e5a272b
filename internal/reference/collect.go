package main

import (
	"context"
	"go/ast"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
)

type messageKind int

const (
	isError messageKind = 1 << iota
	isWarning
)

// A message is the format of an error or a warning.
type message struct {
	room, text string
	kind       messageKind
	code       string
}

// A hint is a row of the explanations.
type hint struct{ condition, code, text string }

// byCause is the exit code of an error that its cause decides.
const byCause = "by its cause"

// makers are the functions that make messages. The first text among the arguments is the message.
var makers = map[string]messageKind{
	"Usagef": isError, "Errorf": isError, "errorf": isError, "New": isError, "problem": isError, "wrong": isError, "wrongKind": isError, "mismatch": isError, "faultf": isError,
	"invalidLogin": isError, "untrustedRealm": isError, "denied": isError,
	"Warn": isWarning, "Warnf": isWarning, "warn": isWarning, "note": isWarning, "Note": isWarning,
	"problemAt": isWarning, "say": isWarning, "lost": isError | isWarning, // the last with --strict
	"doubt": isError | isWarning, "warnOrFail": isError | isWarning, // the latter with --strict
}

// classCodes are the exit codes of the classes of registry/errors.go.
var classCodes = map[string]string{}

func init() {
	for name, class := range map[string]error{
		"ErrNotFound": registry.ErrNotFound, "ErrDenied": registry.ErrDenied, "ErrUnverified": registry.ErrUnverified,
		"ErrRefused": registry.ErrRefused, "ErrUnavailable": registry.ErrUnavailable, "ErrInvalid": registry.ErrInvalid,
	} {
		classCodes[name] = strconv.Itoa(output.Explain(context.Background(), "", class).Code)
	}
}

// messages collects all messages, by package, and in the order of the source.
func (s source) messages(hints []hint) []message {
	var all []message
	for _, f := range s.files {
		if f.room == "registry" && f.name == "errors.go" {
			continue // the words of the classes are not printed
		}
		c := collector{source: s, room: f.room, hints: hints}
		for _, decl := range f.file.Decls {
			c.receiver = ""
			if function, ok := decl.(*ast.FuncDecl); ok && function.Name.Name == "Error" && function.Recv != nil {
				c.receiver = strings.TrimPrefix(types.ExprString(function.Recv.List[0].Type), "*")
			}
			ast.Inspect(decl, c.visit)
		}
		all = append(all, c.found...)
	}
	slices.SortStableFunc(all, func(a, b message) int { return strings.Compare(a.room, b.room) })
	return all
}

// A collector finds the messages of a file.
type collector struct {
	source
	room     string
	hints    []hint
	receiver string // the type whose method Error is visited
	found    []message
}

func (c *collector) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		c.call(n)
	case *ast.ReturnStmt:
		if c.receiver != "" && len(n.Results) == 1 {
			c.add(isError, n.Results[0], c.typeCode())
		}
	case *ast.AssignStmt:
		if c.receiver != "" && len(n.Rhs) == 1 {
			c.add(isError, n.Rhs[0], c.typeCode())
		}
	}
	return true
}

func (c *collector) call(call *ast.CallExpr) {
	name := called(call)
	if name == "append" && len(call.Args) == 2 && c.receiver != "" {
		c.add(isError, call.Args[1], c.typeCode())
		return
	}
	if name == "append" && len(call.Args) == 2 && strings.HasSuffix(strings.ToLower(types.ExprString(call.Args[0])), "notes") {
		c.add(isWarning, call.Args[1], "")
		return
	}
	kind, ok := makers[name]
	if !ok || name == "New" && types.ExprString(call.Fun) != "errors.New" {
		return
	}
	for _, arg := range call.Args {
		if c.add(kind, arg, c.code(name, call.Args)) {
			return
		}
	}
}

// add adds a message, if the expression is a text with words in it.
func (c *collector) add(kind messageKind, e ast.Expr, code string) bool {
	text, ok := c.text(c.room, e)
	if text = readable(text); !ok || !says(text) {
		return false
	}
	c.found = append(c.found, message{room: c.room, text: text, kind: kind, code: code})
	return true
}

// code is the exit code of an error, as far as the place tells: that of a usage error, of a fault in a spec, or of the
// class among the arguments.
func (c *collector) code(name string, args []ast.Expr) string {
	if name == "Usagef" || c.room == "spec" || strings.HasPrefix(c.room, "spec/") {
		return strconv.Itoa(output.ExitUsage)
	}
	for _, arg := range args {
		class := types.ExprString(arg)
		if code, ok := classCodes[class[strings.LastIndex(class, ".")+1:]]; ok {
			return code
		}
	}
	return byCause
}

// typeCode is the exit code that the explanations give to the type of an error.
func (c *collector) typeCode() string {
	name := c.room[strings.LastIndex(c.room, "/")+1:] + "." + c.receiver
	for _, h := range c.hints {
		of := strings.TrimPrefix(strings.TrimSuffix(strings.TrimPrefix(h.condition, "as["), "]"), "*")
		if of == name || c.room == "internal/output" && of == c.receiver {
			return h.code
		}
	}
	return c.code("Error", nil)
}

// hints reads the table of explanations.
func (s source) hints() []hint {
	var all []hint
	for _, f := range s.files {
		if f.room != "internal/output" || f.name != "explanations.go" {
			continue
		}
		ast.Inspect(f.file, func(n ast.Node) bool {
			row, ok := n.(*ast.CompositeLit)
			if !ok || len(row.Elts) != 3 || row.Type != nil {
				return true
			}
			text, _ := s.text(f.room, row.Elts[2])
			all = append(all, hint{types.ExprString(row.Elts[0]), s.exitCode(row.Elts[1]), text})
			return false
		})
	}
	return all
}

// exitCode is the value of a constant of internal/output. An error's class or cause may decide the code instead.
func (s source) exitCode(e ast.Expr) string {
	value := s.constants["internal/output."+types.ExprString(e)]
	if literal, ok := value.(*ast.BasicLit); ok {
		return literal.Value
	}
	return byCause
}
