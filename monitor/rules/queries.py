"""Queries: requirements written in one line, with AND, OR, NOT and brackets, read into the tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from monitor.rules.arranging import QueryOperator, query_operator_shelf
from monitor.rules.concepts import ConceptReader
from monitor.rules.linting import lint_terms
from monitor.rules.linting_places import doubt_about
from monitor.rules.query_tokens import Kind, QueryText, Token, Unreadable, tokens_of
from monitor.rules.scalars import Scalar
from monitor.rules.syntax import (
    TEXT_FIELDS,
    AnyOf,
    Either,
    Every,
    Leaf,
    Node,
    Not,
    Placed,
    has_place,
    leaves,
    spread,
)
from monitor.rules.yaml_nodes import Mark, Text

# Brackets, and operators before operators, one inside the other: nobody writes so many.
_DEEPEST = 40
# Words side by side that may be meant as a phrase.
_LONGEST_PHRASE = 8
_NOT_OPENED = "this bracket closes, but none was opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a query, from character `at` to `end`.

    `node` is None when a mistake, which is noted, leaves nothing of it. `joined_by` is the
    operator that holds it together outside any brackets.
    """

    node: Node | None
    at: int
    end: int
    joined_by: Token | None = None


def read_query(node: Text, reader: ConceptReader) -> tuple[tuple[Node, str], ...]:
    """The requirements of a query, every one of which must hold, each as it is written.

    There is none when the query cannot be used; why is noted.
    """
    notebook = reader.shapes.notebook
    if not node.text.strip():
        reader.shapes.wrong(
            node.mark, "an empty query asks for nothing", "write what must be found"
        )
        return ()
    errors = notebook.errors
    query = QueryText(Scalar(node, notebook.lines), reader)
    try:
        parser = _Parser(query)
        found = parser.query()
    except Unreadable:
        return ()
    if notebook.errors > errors:
        return ()
    parser.lint(part.node for part in found if part.node is not None)
    return tuple(
        (part.node, " ".join(node.text[part.at : part.end].split()))
        for part in found
        if part.node is not None
    )


class _Parser:
    """Reads one query by recursive descent, the operators that bind least first."""

    def __init__(self, query: QueryText) -> None:
        self._query = query
        self._tokens = list(tokens_of(query))
        self._next = 0
        self._depth = 0
        self._places: dict[str, Token] = {}

    def query(self) -> list[Part]:
        """The whole query as the parts that must all hold."""
        parts = self._conjuncts("")
        if self._at_operator("OR"):
            parts = [self._disjunction("", parts)]
        if self._at(Kind.CLOSE):
            self._query.refuse("R123", self._token, _NOT_OPENED, "delete it")
        if len(parts) == 1 and isinstance(parts[0].node, Every):
            only = parts[0]
            return [Part(node=node, at=only.at, end=only.end) for node in parts[0].node.parts]
        return parts

    def lint(self, nodes: Iterable[Node]) -> None:
        """Note what is odd about the terms of a query without mistakes."""
        for node in nodes:
            for concept in _concepts(node):
                lint_terms(concept.alternatives, self._mark_of, self._query.reader.shapes)

    # --- From loose to tight -----------------------------------------------------------------

    def _disjunction(self, field: str, first: list[Part] | None = None) -> Part:
        """Parts of which one must hold: a OR b."""
        parts = [self._every(first if first is not None else self._conjuncts(field))]
        mixed = parts[0].joined_by
        last_or = None
        while self._at_operator("OR"):
            last_or = self._take()
            part = self._every(self._conjuncts(field))
            mixed = mixed or part.joined_by
            parts.append(part)
        if last_or is None:
            return parts[0]
        if mixed is not None:
            self._query.note(
                "R155",
                mixed,
                "AND beside OR without brackets: AND binds more tightly",
                "put brackets round what belongs together, as in `a OR ( b AND c )`",
                warning=True,
            )
        nodes = [part.node for part in parts if part.node is not None]
        return Part(node=self._either(nodes), at=parts[0].at, end=parts[-1].end, joined_by=last_or)

    def _conjuncts(self, field: str) -> list[Part]:
        """Parts all of which must hold: a AND b."""
        parts = [self._negation(field)]
        while True:
            joint = None
            if self._at_operator("AND"):
                joint = self._take()
            elif self._token.kind in (Kind.END, Kind.CLOSE) or self._at_operator("OR"):
                return parts
            else:
                self._note_side_by_side()
            part = self._negation(field)
            parts.append(Part(node=part.node, at=part.at, end=part.end, joined_by=joint))

    def _negation(self, field: str) -> Part:
        """NOT a, or a."""
        if not self._at_operator("NOT"):
            return self._arranged(field)
        token = self._take()
        self._go_deeper(token)
        part = self._negation(field)
        self._depth -= 1
        node = part.node
        if node is not None:
            node = node.concept if isinstance(node, Not) else Not(node)
        return Part(node=node, at=token.at, end=part.end)

    def _arranged(self, field: str) -> Part:
        """Parts that must stand in some way: a NEAR/5 b."""
        parts = [self._operand(field)]
        joints: list[Token] = []
        while self._token.kind is Kind.OPERATOR and self._token.joins:
            joints.append(self._take())
            parts.append(self._operand(field))
        if not joints:
            return parts[0]
        operator = query_operator_shelf()[joints[0].text]
        names = {joint.text for joint in joints}
        how = operator.read(tuple(joint.number for joint in joints)) if len(names) == 1 else None
        if how is None:
            self._query.refuse(
                "R127",
                joints[-1],
                f"`{self._written(joints[0])}` beside `{self._written(joints[-1])}`: "
                "it is not plain which comes first",
                "put brackets round the inner one",
            )
        self._check_fields(parts, joints[0])
        for part in parts:
            self._check_place(part, joints[0])
        nodes = tuple(part.node for part in parts if part.node is not None)
        self._lint_places(operator, joints, nodes)
        node = Placed(how, nodes) if len(nodes) == len(parts) else None
        return Part(node=node, at=parts[0].at, end=parts[-1].end)

    def _prefixed(self, token: Token, field: str) -> Part:
        """What an operator before it asks for: ATLEAST/3 a."""
        operator = query_operator_shelf()[token.text]
        how = operator.read((token.number,))
        assert how is not None  # noqa: S101 -- one number alone is a row of one
        self._go_deeper(token)
        part = self._operand(field)
        self._depth -= 1
        node = part.node
        self._lint_places(operator, [token], (node,) if node is not None else ())
        if operator.in_text:
            self._check_fields([part], token, text_only=True)
        if node is not None and operator.spreads:
            node = spread(how, node, over_not=True)
        elif node is not None:
            self._check_place(part, token)
            node = Placed(how, (node,))
        return Part(node=node, at=token.at, end=part.end)

    def _check_fields(
        self, parts: Sequence[Part], operator: Token, *, text_only: bool = False
    ) -> None:
        """Note fields whose words stand on no line with the others."""
        fields = {
            leaf.field if leaf.field not in TEXT_FIELDS else ""
            for part in parts
            if part.node is not None
            for leaf in leaves(part.node)
        }
        if len(fields | ({""} if text_only else set())) > 1:
            named = " and ".join(f"`{field}:`" for field in sorted(fields - {""}))
            self._query.note(
                "R127",
                operator,
                f"`{self._written(operator)}` asks how words stand in the text; {named} is no "
                "part of it",
                "put AND between them",
            )

    def _check_place(self, part: Part, operator: Token) -> None:
        if part.node is not None and not has_place(part.node):
            self._query.note(
                "R127",
                Token(kind=Kind.TERM, at=part.at, end=part.end),
                f"AND and NOT cannot stand inside `{self._written(operator)}`",
                "put a word, a phrase, a `$vocabulary` or `( a OR b )` there",
            )

    def _lint_places(
        self, operator: QueryOperator, joints: Sequence[Token], parts: Sequence[Node]
    ) -> None:
        """Note what stands near to itself, and what is too long to stand so near."""
        doubt = doubt_about(
            self._written(joints[0]),
            parts,
            within=min(joint.number for joint in joints) if operator.within else 0,
            in_order=operator.ordered,
        )
        if doubt is not None:
            self._query.note(doubt.code, joints[0], doubt.message, doubt.hint, warning=True)

    def _written(self, token: Token) -> str:
        return self._query.text[token.at : token.end]

    def _operand(self, field: str) -> Part:
        """A term, a field with what is to be found in it, or what stands in brackets."""
        token = self._take()
        match token.kind:
            case Kind.TERM:
                self._places.setdefault(token.text.strip(), token)
                leaf = self._query.leaf(token, field)
                node = AnyOf((leaf,)) if leaf is not None else None
                return Part(node=node, at=token.at, end=token.end)
            case Kind.FIELD:
                return self._scoped(token, field)
            case Kind.OPEN:
                return self._bracketed(token, field)
            case Kind.OPERATOR if token.number and not token.joins:
                return self._prefixed(token, field)
            case Kind.OPERATOR:
                return self._query.refuse(
                    "R126", token, f"a term is missing before `{token.text}`", "write one, or NOT"
                )
            case Kind.CLOSE | Kind.END:
                return self._refuse_end(token)

    def _scoped(self, token: Token, field: str) -> Part:
        if field and token.text:
            self._query.note(
                "R127",
                token,
                f"`{token.text}:` inside `{field}:`: nothing stands in two fields",
                "end the brackets before it",
            )
        self._go_deeper(token)
        part = self._operand(token.text or field)
        self._depth -= 1
        return Part(node=part.node, at=token.at, end=part.end)

    def _bracketed(self, token: Token, field: str) -> Part:
        self._go_deeper(token)
        if self._at(Kind.CLOSE):
            self._query.refuse("R126", token, "nothing stands in these brackets", "delete them")
        part = self._disjunction(field)
        if not self._at(Kind.CLOSE):
            self._query.refuse(
                "R123", token, "this bracket is never closed", "put a `)` where the group ends"
            )
        self._depth -= 1
        return Part(node=part.node, at=token.at, end=self._take().end)

    # --- Nodes -------------------------------------------------------------------------------

    def _every(self, parts: list[Part]) -> Part:
        if len(parts) == 1:
            return parts[0]
        nodes: list[Node] = []
        for part in parts:
            match part.node:
                case Every(inner):
                    nodes.extend(inner)
                case None:
                    pass
                case node:
                    nodes.append(node)
        return Part(
            node=Every(tuple(nodes)) if nodes else None,
            at=parts[0].at,
            end=parts[-1].end,
            joined_by=parts[-1].joined_by,
        )

    def _either(self, nodes: Sequence[Node]) -> Node | None:
        """Alternatives; plain terms among them become one concept."""
        plain: list[Leaf] = []
        others: list[Node] = []
        for node in nodes:
            for each in node.parts if isinstance(node, Either) else (node,):
                if isinstance(each, AnyOf):
                    plain.extend(each.alternatives)
                else:
                    others.append(each)
        concept = (AnyOf(tuple(plain)),) if plain else ()
        if not others:
            return concept[0] if concept else None
        return Either((*concept, *others)) if concept or len(others) > 1 else others[0]

    def _mark_of(self, written: str) -> Mark | None:
        token = self._places.get(written)
        return self._query.scalar.mark(token.at, token.end) if token else None

    # --- Tokens ------------------------------------------------------------------------------

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _at(self, kind: Kind) -> bool:
        return self._token.kind is kind

    def _at_operator(self, name: str) -> bool:
        return self._token.kind is Kind.OPERATOR and self._token.text == name

    def _take(self) -> Token:
        token = self._tokens[self._next]
        if token.kind is not Kind.END:
            self._next += 1
        return token

    def _go_deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._query.refuse(
                "R127", token, f"nested deeper than {_DEEPEST} levels", "split the rule"
            )

    def _refuse_end(self, token: Token) -> NoReturn:
        """The query, or what stands in brackets, ends where a term is expected."""
        at = self._tokens.index(token)
        before = self._tokens[at - 1] if at else None
        if before is None:
            self._query.refuse("R123", token, _NOT_OPENED, "delete it")
        self._query.refuse(
            "R126",
            before,
            f"a term is missing after `{self._written(before)}`",
            "write what must be found",
        )

    def _note_side_by_side(self) -> None:
        """Two operands without an operator between them; of many words, note the first two."""
        if self._next > 1 and all(map(_is_bare, self._tokens[self._next - 2 : self._next + 1])):
            return
        words = [self._tokens[self._next - 1]]
        for token in self._tokens[self._next : self._next + _LONGEST_PHRASE]:
            if not _is_bare(token):
                break
            words.append(token)
        here = self._token
        if not _is_bare(words[0]) or not _is_bare(here):
            hint = "write `AND NOT`" if here.text == "NOT" else "write `AND` or `OR` between them"
        elif any(word.text.endswith((",", ";", "،", "、")) for word in words):
            hint = "write alternatives as `( missile OR rocket )`"
        else:
            phrase = " ".join(word.text for word in words)
            hint = f'for a phrase use quotes: "{phrase}"'
        name = self._written(here)
        self._query.note("R124", here, f"expected AND, OR or NEAR/n before `{name}`", hint)


def _is_bare(token: Token) -> bool:
    return token.kind is Kind.TERM and not token.quoted


def _concepts(node: Node) -> Iterator[AnyOf]:
    match node:
        case AnyOf():
            yield node
        case Not(concept):
            yield from _concepts(concept)
        case Every(parts) | Either(parts) | Placed(_, parts):
            for part in parts:
                yield from _concepts(part)
