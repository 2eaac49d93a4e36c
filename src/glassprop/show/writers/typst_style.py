"""What stands at the head of a Typst document: page, letters, and how formulas are broken."""

from __future__ import annotations

STYLE = r"""
#set page(
  paper: "a4",
  margin: (x: 22mm, top: 20mm, bottom: 24mm),
  numbering: "1 / 1",
)
#set text(
  font: ("New Computer Modern", "Libertinus Serif", "DejaVu Sans Mono"),
  size: 10.5pt,
  lang: "en",
)
#set par(justify: false, leading: 0.6em, spacing: 0.9em)
#show title: set text(size: 18pt)
#show title: set block(below: 1.3em)
#set outline.entry(fill: repeat[.#h(0.3em)])
#show heading.where(level: 1): set text(size: 14pt)
#show heading.where(level: 1): set block(above: 1.9em, below: 0.9em)
#show heading.where(level: 2): set text(size: 11.5pt)
#show heading.where(level: 2): set block(above: 1.5em, below: 0.8em)
#set table(
  stroke: (x, y) => if y == 0 { (bottom: 0.7pt) } else { (bottom: 0.3pt + luma(75%)) },
  inset: (x: 5pt, y: 4.5pt),
)
#show table.cell.where(y: 0): strong
#show math.equation: set text(font: "New Computer Modern Math")
#show math.equation.where(block: true): set align(left)
#show math.equation.where(block: true): set block(breakable: true)

// What is as wide as the line at most: smaller if it has to be.
#let fitted(body) = layout(space => {
  let wide = measure(body).width
  if wide <= space.width { body } else {
    let factor = space.width / wide * 100%
    scale(x: factor, y: factor, origin: top + left, reflow: true, body)
  }
})

// The same for a name within a sentence that nobody would write so long.
#let shrunk(body) = context {
  let factor = calc.min(1, 140mm / measure(body).width) * 100%
  box(scale(x: factor, y: factor, reflow: true, body))
}

// Something on its own, with a label at the left and a number at the right; it stays on the page
// of what follows if it is tied, and on one page if it is whole.
#let labels = 21mm
#let beside(
  body,
  label: none,
  number: none,
  tied: false,
  whole: false,
  place: horizon,
  above: 0.8em,
) = block(
  width: 100%,
  breakable: not whole,
  inset: (left: if label == none { 17pt } else { 0pt }),
  above: above,
  below: 0.8em,
  sticky: tied,
  grid(
    columns: (if label == none { 0pt } else { labels }, 1fr, auto),
    align: (left + place, left + place, right + place),
    text(size: 9pt, fill: luma(40%), label),
    body,
    if number != none { h(1em) + [(#number)] },
  ),
)
#let equation(body, ..options) = beside(fitted(body), ..options)

// A long equation: its left side with the sign, and the parts between which lines may end.
#let broken(head, ..parts) = beside(..parts.named(), layout(space => {
  let shown(body) = math.equation(block: true, body)
  let width(body) = measure(shown(body)).width
  let start = width(head.body)
  let hanging = if start < 0.3 * space.width { start } else { 2em.to-absolute() }
  let lines = ()
  let line = head.body
  let empty = true
  for part in parts.pos() {
    let longer = line + part.body
    let room = if lines.len() == 0 { space.width } else { space.width - hanging }
    if width(longer) <= room or (empty and lines.len() > 0) {
      line = longer
      empty = false
    } else {
      lines.push(line)
      line = math.class("normal", []) + part.body // so that a sign is not one of its own
      empty = false
    }
  }
  lines.push(line)
  for (place, line) in lines.enumerate() {
    block(
      inset: (left: if place == 0 { 0pt } else { hanging }),
      above: 0.7em,
      below: 0.7em,
      sticky: place == 0,
      fitted(shown(line)),
    )
  }
}))

// What is said of a step, in a sentence or in source.
#let said(body, ..options) = beside(text(size: 9.5pt, body), place: top, ..options)

// What leads to something else.
#let lead(body) = block(above: 0.9em, below: 0.9em, sticky: true, body)

// Source, in letters that are so small that its lines fit.
#show raw: set text(font: "DejaVu Sans Mono", size: 8.4pt)
#show raw.where(block: true): body => layout(space => {
  let factor = calc.clamp(space.width / measure(body).width, 0.65, 1)
  set text(size: factor * 8.4pt)
  set par(leading: 0.5em)
  body
})

// A step, which starts with its number and what it is.
#let counted(number) = text(size: 10.5pt, fill: black, strong[#number.])
#let step(number, body) = block(
  above: 1.9em,
  below: 0.8em,
  sticky: true,
  grid(columns: (labels, 1fr), counted(number), strong(body)),
)

// Numbers as a picture: a row of digits each, 0 for the smallest number and 9 for the largest.
#let heat(..rows) = box(stroke: 0.3pt + luma(60%), image(
  bytes(rows.pos().join().clusters().map(digit => 255 - 28 * int(digit))),
  format: (encoding: "luma8", width: rows.pos().first().len(), height: rows.pos().len()),
  width: rows.pos().first().len() * 7pt,
  height: rows.pos().len() * 7pt,
  fit: "stretch",
  scaling: "pixelated",
  alt: "a heat map",
))
"""
