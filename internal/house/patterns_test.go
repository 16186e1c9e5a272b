package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestPatterns compiles the regular expressions that the program compiles at their first use.
func TestPatterns(t *testing.T) {
	found := 0
	for room := range productPackages(t) {
		files, err := filepath.Glob(filepath.Join("../..", room, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || !isLazyRegexp(call.Fun) {
					return true
				}
				if literal, ok := call.Args[0].(*ast.BasicLit); ok {
					found++
					if expression, err := strconv.Unquote(literal.Value); err != nil {
						t.Error(err)
					} else if _, err := regexp.Compile(expression); err != nil {
						t.Errorf("%s: %v", files.Position(call.Pos()), err)
					}
				}
				return true
			})
		}
	}
	if found == 0 {
		t.Error("no regular expression is found")
	}
}

func isLazyRegexp(f ast.Expr) bool {
	selector, ok := f.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != "New" {
		return false
	}
	pkg, ok := selector.X.(*ast.Ident)
	return ok && pkg.Name == "lazyregexp"
}
