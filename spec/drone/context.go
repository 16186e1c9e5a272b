package drone

import "strings"

// A place is the YAML context in which a text ends, as far as its last line shows. It decides how a value is
// written.
type place struct {
	state  rune // one of the following
	flow   int  // how many [ and { are open
	blank  bool // the last character is a blank, or there is none
	escape bool // the last character is a backslash in a string with "
	colon  bool // the last character is a colon behind a key
	dash   bool // the last character is a - or ? that may begin an entry
	line
}

// A line is how far the last line is indented, and whether it belongs to a block of text.
type line struct {
	indent int
	text   bool // it has more than indentation
	header bool // the text has | or >, which begins a block
	block  int  // the indentation of the header of the block, or -1
}

const (
	atStart = 's' // a scalar may begin here
	inPlain = 'p'
	inText  = '"'
	inQuote = '\''
	behind  = 'b' // behind a string
	inNote  = '#' // in a comment
	inBlock = '|'
)

func newPlace() place { return place{state: atStart, blank: true, line: line{block: -1}} }

// read moves the place on behind a text of the template, or a value.
func (p *place) read(text string) {
	for _, r := range text {
		switch {
		case r == '\n':
			p.nextLine()
			continue
		case r == ' ' && !p.text:
			p.indent++
		case !p.text:
			p.settle()
		}
		p.step(r)
		p.blank = r == ' ' || r == '\t'
	}
}

func (p *place) nextLine() {
	block := p.block
	if p.header {
		block = p.indent
	}
	*p = place{state: atStart, blank: true, flow: p.flow, line: line{block: block}}
}

// settle ends the indentation of a line, which decides whether the line belongs to a block.
func (p *place) settle() {
	switch {
	case p.text:
	case p.block >= 0 && p.indent > p.block:
		p.state = inBlock
	default:
		p.block = -1
	}
	p.text = true
}

func (p *place) step(r rune) {
	switch p.state {
	case inText:
		p.inString(r)
	case inQuote:
		if r == '\'' {
			p.state = behind
		}
	case inNote, inBlock:
	default:
		p.outside(r)
	}
}

// inString reads a character of a string with ".
func (p *place) inString(r rune) {
	switch {
	case p.escape:
		p.escape = false
	case r == '\\':
		p.escape = true
	case r == '"':
		p.state = behind
	}
}

// outside reads a character that is in no string and no comment.
func (p *place) outside(r rune) {
	isBlank := r == ' ' || r == '\t'
	switch {
	case isBlank && (p.colon || p.dash):
		p.state = atStart
	case isBlank:
	case r == '#' && p.blank:
		p.state = inNote
	case p.state == atStart && (r == '[' || r == '{'):
		p.flow++
	case p.flow > 0 && r == ',':
		p.state = atStart
	case p.flow > 0 && (r == ']' || r == '}'):
		p.flow, p.state = p.flow-1, behind
	case p.state == atStart && (r == '"' || r == '\''), p.state == behind && r == '\'':
		p.state = r // '' in a string with ' goes on with it
	default:
		p.dash = p.state == atStart && (r == '-' || r == '?')
		p.header = p.header || p.state == atStart && p.flow == 0 && (r == '|' || r == '>')
		p.colon = r == ':'
		if p.state != behind {
			p.state = inPlain
		}
		return
	}
	p.colon, p.dash = false, false
}

// ends reports whether a scalar at this place ends before the text that follows.
func (p *place) ends(next string) bool {
	rest := strings.TrimLeft(next, " \t")
	switch {
	case rest == "", rest[0] == '\n', strings.HasPrefix(rest, "\r\n"), rest[0] == '#' && rest != next:
		return true
	}
	return p.flow > 0 && strings.ContainsRune(",]}", rune(rest[0]))
}
