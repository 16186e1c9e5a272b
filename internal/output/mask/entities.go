package mask

import (
	"strings"
	"sync"
)

// The names of characters that encoders for HTML use (https://html.spec.whatwg.org/#named-character-references): the
// punctuation of ASCII, and Latin-1 from U+00A0 on.
const (
	punctuation = `quot:" amp:& lt:< gt:> apos:' excl:! num:# dollar:$ percnt:% lpar:( rpar:) ast:* plus:+ comma:, period:. sol:/
colon:: semi:; equals:= quest:? commat:@ lsqb:[ lbrack:[ bsol:\ rsqb:] rbrack:] Hat:^ lowbar:_ grave:` + "`" + ` lcub:{ lbrace:{
verbar:| vert:| rcub:} rbrace:}`
	latin1 = `nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro
para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute
Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute
THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde
ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml`
)

var characters = sync.OnceValue(func() map[string]rune {
	named := map[string]rune{"QUOT": '"', "AMP": '&', "LT": '<', "GT": '>', "Tab": ' ', "NewLine": ' '}
	for _, pair := range strings.Fields(punctuation) {
		name, character, _ := strings.Cut(pair, ":")
		named[name] = rune(character[0])
	}
	for i, name := range strings.Fields(latin1) {
		named[name] = 0xa0 + rune(i)
	}
	return named
})

func namedCharacter(name string) (rune, bool) {
	r, ok := characters()[name]
	return r, ok
}
