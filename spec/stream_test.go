package spec

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// read is a stream of a text as words: the line of each spec, with its first tag or its fault.
func wordsOfStream(s *Stream) string {
	var words []string
	for {
		next, err := s.Next()
		switch {
		case err == io.EOF:
			return strings.Join(words, " ")
		case err != nil:
			return strings.Join(append(words, err.Error()), " ")
		case next.Err != nil:
			words = append(words, fmt.Sprint(next.Line, "!", strings.Fields(next.Err.Error())[0]))
		default:
			words = append(words, fmt.Sprint(next.Line, "=", next.Spec.Targets[0].Tags[0]))
		}
	}
}

func TestStream(t *testing.T) {
	json := func(n int) string { return fmt.Sprintf(jsonSpec, n) }
	pretty := "{\n  \"image\": \"reg.example/a:7\",\n  \"manifests\": [\n{\n\"image\": \"reg.example/b:1\"},\n{\"image\": \"reg.example/b:2\"\n}\n  ]\n}"
	for name, test := range map[string]struct{ text, want string }{
		"lines":                 {json(1) + "\n" + json(2) + "\n\n" + json(3), "1=1 2=2 4=3"},
		"one line":              {json(1) + json(2), "1=1 1=2"},
		"documents":             {json(1) + "\n---\n" + json(2) + "\n---\n", "1=1 3=2"},
		"several lines":         {pretty + "\n" + json(1), "1=7 10=1"},
		"quotes and brackets":   {`{"image": "reg.example/a:1", "annotations": {"a": "}\"]\\"}, "manifests": [{"image": "reg.example/b"}]}` + json(2), "1=1 1=2"},
		"no JSON":               {json(1) + "\noops\n" + json(2), "1=1 2!f:2:1: 3=2"},
		"a fault":               {`{"image": 1}` + "\n" + json(2), "1!f:1:1: 2=2"},
		"cut in a text":         {json(1)[:30] + "\n" + json(2), "1!f:1: 2=2"},
		"cut behind a value":    {`{"image": "reg.example/a:1"` + "\n" + json(2), "1!f:1: 2=2"},
		"cut behind a comma":    {`{"image": "reg.example/a:1",` + "\n" + json(2), "1!f:1: 2=2"},
		"cut at the end":        {json(1) + "\n" + json(2)[:40], "1=1 2!f:2:"},
		"closed twice":          {json(1) + "}]\n" + json(2), "1=1 1!f:1: 1!f:1: 2=2"},
		"too large":             {`{"image": "` + strings.Repeat("x", maxFile) + "\"}\n" + json(2), "1!f:1: 2=2"},
		"brackets without end":  {strings.Repeat("[", 2*maxFile), "1!f:1:"},
		"byte order mark":       {"\ufeff" + json(1), "1=1"},
		"nothing":               {" \r\n", ""},
		"CRLF":                  {json(1) + "\r\n" + json(2) + "\r\n", "1=1 2=2"},
		"a placeholder in text": {`{"image": "reg.example/a:{{tag}}"}` + "\n" + json(2), "1!f:1:1:"},
	} {
		for _, in := range []io.Reader{strings.NewReader(test.text), iotest.OneByteReader(strings.NewReader(test.text))} {
			if got := wordsOfStream(NewStream("f", bufio.NewReader(in), Options{})); !strings.HasPrefix(got, test.want) || test.want == "" && got != "" {
				t.Errorf("%s: %.200s, want %s", name, got, test.want)
			}
		}
	}
	if got := wordsOfStream(NewStream("f", bufio.NewReader(io.MultiReader(strings.NewReader(json(1)), iotest.ErrReader(io.ErrNoProgress))), Options{})); !strings.HasPrefix(got, "1=1 cannot read the spec f: ") {
		t.Errorf("a stream that breaks: %s", got)
	}
}

// A stream that returned a spec did not wait for what follows.
func TestStreamDoesNotWait(t *testing.T) {
	in, out := io.Pipe()
	s := NewStream("f", bufio.NewReader(in), Options{})
	for n := range 3 {
		go fmt.Fprintf(out, jsonSpec+"\n", n)
		if next, err := s.Next(); err != nil || next.Err != nil || next.Line != n+1 {
			t.Fatal(next.Line, next.Err, err)
		}
	}
}

func TestPairStream(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"lines":     {"# c\n\nreg.example/a:1\treg.example/b\r\nreg.example/a:2 reg.example/b:x reg.example/c", "3=1 4=x"},
		"faults":    {"reg.example/a:1\nreg.example/a:2 B\nreg.example/a:3 reg.example/b\n", "1!f:1: 2!f:2: 3=3"},
		"long line": {strings.Repeat("x", 3*maxPairLine) + "\nreg.example/a:3 reg.example/b\n", "1!f:1: 2=3"},
		"nothing":   {"# c\n", ""},
	} {
		if got := wordsOfStream(NewPairStream("f", strings.NewReader(test.text), Options{})); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestIsObject(t *testing.T) {
	for text, want := range map[string]bool{
		`{"image": 1}`: true, " \n\t{}": true, "\ufeff\n{ ": true, "{": true,
		"": false, " ": false, "{{image}}": false, "image: x": false, "---\n{}": false, "\ufeffimage: x": false, strings.Repeat(" ", 5000) + "{": false,
	} {
		in := bufio.NewReader(iotest.OneByteReader(strings.NewReader(text)))
		got := IsObject(in)
		if rest, _ := io.ReadAll(in); got != want || string(rest) != text {
			t.Errorf("%.20q: %t, want %t, and %d bytes are left of %d", text, got, want, len(rest), len(text))
		}
	}
}

func FuzzStream(f *testing.F) {
	f.Add(fmt.Sprintf(jsonSpec, 1) + "\n{\n" + fmt.Sprintf(jsonSpec, 2))
	f.Fuzz(func(t *testing.T, text string) {
		s, lines := NewStream("f", bufio.NewReader(strings.NewReader(text)), Options{}), 0
		for n := 0; ; n++ {
			next, err := s.Next()
			if err != nil {
				return
			}
			if next.Line < lines || n > len(text) {
				t.Fatalf("spec %d is in line %d, behind line %d", n, next.Line, lines)
			}
			lines = next.Line
		}
	})
}
