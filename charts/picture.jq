# One dashboard and the data of its queries, as an SVG picture.
# Input: {dashboard, from, to, data: [{panel, legend, series: [{metric, values: [[time, "value"], …]}, …]}, …]}

def column: 50;
def line: 34;
def escape: tostring | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");
def round_to(digits): pow(10; digits) as $p | (. * $p | round) / $p;
def significant: if . == 0 then 0 else (2 - (fabs | log10 | floor)) as $d | round_to([[$d, 0] | max, 6] | min) end;
def human(unit):
  if . == null or isnan or isinfinite then "–"
  elif unit == "percentunit" then "\(. * 100 | significant) %"
  elif unit == "bytes" then "\(. / 1048576 | significant) MiB"
  elif unit == "ops" then "\(significant)/s"
  elif unit == "s" then if . >= 7200 then "\(. / 3600 | significant) h" elif . >= 120 then "\(. / 60 | significant) min" else "\(significant) s" end
  else "\(significant)" end;
def number: if test("^[-+]?([0-9.]+(e[-+]?[0-9]+)?)$"; "i") then tonumber else null end;
def named($legend): .metric as $m | reduce ($legend | scan("{{([a-z_]+)}}")[]) as $key ($legend; sub("{{\($key)}}"; $m[$key] // ""));
def text($x; $y; $class; $t): "<text x=\"\($x)\" y=\"\($y)\" class=\"\($class)\">\($t | escape)</text>";
def right($x; $y; $class; $t): "<text x=\"\($x)\" y=\"\($y)\" class=\"\($class)\" text-anchor=\"end\">\($t | escape)</text>";

# The series of a panel: [{name, points: [[time, value or null], …]}, …]
def series($data): [$data[] | .legend as $legend | .series[] | {name: named($legend), points: [.values[] | [.[0], (.[1] | number)]]}];

def curves($panel; $series; $x; $y; $w; $h; $from; $to):
  ($panel.fieldConfig.defaults.unit) as $unit
  | ([($series | length), 4] | min) as $shown
  | ([$series[].points[][1] | select(. != null)]) as $all
  | (([$panel.fieldConfig.defaults.min // empty] + $all | min) // 0) as $low
  | (($all | max) // 1 | if . <= $low then $low + 1 else . end) as $high
  | ($x + 72) as $left | ($x + $w - 12) as $edge | ($y + 36) as $top | ($y + $h - 30 - 15 * $shown) as $bottom
  | (def px: $left + (. - $from) / ($to - $from) * ($edge - $left) | round_to(1);
     def py: $bottom - (. - $low) / ($high - $low) * ($bottom - $top) | round_to(1);
     "<path class=\"grid\" d=\"M\($left) \($top)H\($edge)M\($left) \($bottom)H\($edge)\"/>",
     right($left - 6; $top + 4; "small"; $high | human($unit)), right($left - 6; $bottom + 4; "small"; $low | human($unit)),
     text($left; $bottom + 15; "small"; $from | strftime("%H:%M")), right($edge; $bottom + 15; "small"; $to | strftime("%H:%M")),
     ($series | to_entries[:8][] | .key as $i | .value
       | "<polyline class=\"c\($i % 8)\" points=\"\([.points[] | select(.[1] != null) | "\(.[0] | px),\(.[1] | py)"] | join(" "))\"/>"),
     ($series | to_entries[:$shown][] | .key as $i | ($bottom + 31 + 15 * $i) as $ly
       | "<path class=\"c\($i % 8)\" d=\"M\($left) \($ly - 4)h14\"/>",
         text($left + 20; $ly; "small"; .value.name), right($edge; $ly; "small"; (.value.points | last // [0, null])[1] | human($unit))));

def numbers($panel; $series; $x; $y; $w; $h):
  ($panel.fieldConfig.defaults.unit) as $unit
  | if ($series | length) == 0 then text($x + 12; $y + $h / 2 + 14; "big"; "–") else
      ($series | to_entries[:4][] | ($x + 12 + .key * $w / ([($series | length), 4] | min)) as $nx
        | text($nx; $y + $h / 2 + 14; "big"; (.value.points | last)[1] | human($unit)),
          (if ($series | length) > 1 then text($nx; $y + $h / 2 + 32; "small"; .value.name) else empty end))
    end;

# Rows are namespace/experiment, columns the queries.
def table($panel; $data; $x; $y; $w):
  [$data[].legend] as $columns
  | def at($i): $x + 260 + $i * ($w - 280) / ($columns | length);
  ([$data[].series[].metric | [.namespace, .experiment]] | unique) as $rows
  | ($columns | to_entries[] | text(at(.key); $y + 46; "small"; .value)),
    ($rows | to_entries[] | .key as $r | .value as $row | ($y + 70 + 24 * $r) as $ry
      | text($x + 12; $ry; "cell"; $row | join("/")),
        ($data | to_entries[] | .key as $i
          | (if .value.legend | test("time$") then "s" elif .value.legend | test("^share") then "percentunit" else "short" end) as $unit
          | first(.value.series[] | select([.metric.namespace, .metric.experiment] == $row) | .values | last[1] | number)
          | text(at($i); $ry; "cell"; human($unit))));

def panel($data; $from; $to):
  . as $panel | [$data[] | select(.panel == $panel.id)] as $own
  | (.gridPos.x * column + 4) as $x | (.gridPos.y * line + 44) as $y | (.gridPos.w * column - 8) as $w | (.gridPos.h * line - 8) as $h
  | if .type == "row" then text($x + 4; $y + 20; "row"; .title) else
      "<rect x=\"\($x)\" y=\"\($y)\" width=\"\($w)\" height=\"\($h)\"/>", text($x + 12; $y + 20; "title"; .title),
      if .type == "timeseries" then curves($panel; series($own); $x; $y; $w; $h; $from; $to)
      elif .type == "table" then table($panel; $own; $x; $y; $w)
      else numbers($panel; series($own); $x; $y; $w; $h) end
    end;

. as $in
| ([.dashboard.panels[] | .gridPos.y + .gridPos.h] | max * line + 52) as $height
| "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(24 * column) \($height)\" role=\"img\" font-family=\"system-ui,sans-serif\">
<title>\(.dashboard.title): \(.dashboard.description | escape)</title>
<style>
svg{background:#f4f5f7}rect{fill:#fff;stroke:#d9dce1}text{fill:#24292f}
.head{font-size:20px;font-weight:600}.row{font-size:15px;font-weight:600}.title{font-size:13px;font-weight:600}
.small{font-size:11px;fill:#59636e}.cell{font-size:13px}.big{font-size:26px;font-weight:600}
polyline,path{fill:none;stroke-width:2}path.grid{stroke:#d9dce1;stroke-width:1}
.c0{stroke:#1f6feb}.c1{stroke:#cf5b12}.c2{stroke:#1a7f37}.c3{stroke:#8250df}.c4{stroke:#bf3989}.c5{stroke:#0e7490}.c6{stroke:#9a6700}.c7{stroke:#57606a}
@media(prefers-color-scheme:dark){svg{background:#0d1117}rect{fill:#161b22;stroke:#30363d}text{fill:#e6edf3}.small{fill:#9198a1}path.grid{stroke:#30363d}}
</style>",
  text(8; 28; "head"; .dashboard.title),
  (.dashboard.panels[] | panel($in.data; $in.from; $in.to)),
  "</svg>"
