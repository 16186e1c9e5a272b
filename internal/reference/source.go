package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A source is the code of the program, without tests.
type source struct {
	files     []sourceFile
	constants map[string]ast.Expr // by package and name: "internal/output.foreignHint"
}

type sourceFile struct {
	room string // the folder of the package, such as "registry/plan"
	name string
	file *ast.File
}

// forTests are the packages below internal that are not in the program.
var forTests = []string{"gotest", "house", "reference", "registrytest", "repositorytest", "scripttest"}

func parseSource(root string) (source, error) {
	s := source{constants: map[string]ast.Expr{}}
	files := token.NewFileSet()
	for _, top := range []string{"auth", "certs", "cmd", "internal", "registry", "spec"} {
		err := fs.WalkDir(os.DirFS(root), top, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || slices.Contains(forTests, d.Name())):
				return fs.SkipDir
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(files, filepath.Join(root, path), nil, 0)
			if err != nil {
				return err
			}
			s.add(sourceFile{room: filepath.ToSlash(filepath.Dir(path)), name: d.Name(), file: file})
			return nil
		})
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

// add adds a file and its constants.
func (s *source) add(f sourceFile) {
	s.files = append(s.files, f)
	for _, decl := range f.file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok || general.Tok != token.CONST {
			continue
		}
		for _, spec := range general.Specs {
			values := spec.(*ast.ValueSpec)
			for i, name := range values.Names {
				if i < len(values.Values) {
					s.constants[f.room+"."+name.Name] = values.Values[i]
				}
			}
		}
	}
}

// text returns what an expression is made of, if it is a text: literals and constants, with an ellipsis for all else.
func (s source) text(room string, e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.Ident:
		if value, ok := s.constants[room+"."+e.Name]; ok {
			return s.text(room, value)
		}
	case *ast.BinaryExpr:
		left, isLeft := s.text(room, e.X)
		right, isRight := s.text(room, e.Y)
		if e.Op != token.ADD || !isLeft && !isRight {
			return "", false
		}
		if !isLeft {
			left = "%v"
		}
		if !isRight {
			right = "%v"
		}
		return left + right, true
	case *ast.CallExpr:
		if called(e) == "Sprintf" && len(e.Args) > 0 {
			return s.text(room, e.Args[0])
		}
	case *ast.ParenExpr:
		return s.text(room, e.X)
	}
	return "", false
}

// called is the name of the function that is called, without its package or receiver.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
