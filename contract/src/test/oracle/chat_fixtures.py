#!/usr/bin/env python3
"""Writes prompts that transformers makes of conversations by templates in the styles of the families.  Usage: chat_fixtures.py FILE"""
import json
import sys

import transformers
from transformers.utils.chat_template_utils import render_jinja_template

TOKENS = dict(bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>")
TEMPLATES = {
    "filtered loop": r"""{%- for m in messages if m.role != 'system' and 'x if y' not in m.content -%}
{{ loop.index ~ '/' ~ loop.length ~ (' first' if loop.first else '') }} {{ m.role }}: {{ m.content }}{{ '' if loop.last else '|' }}
{%- endfor -%}
{% for m in messages if (m.role == 'tool' if add_generation_prompt else true) %}{{ m.content }}{% endfor %}
{% for kept0 in (messages if messages else []) %}{{ kept0.role }}{% endfor %}""",
    "spaces around blocks": """  {% for m in messages %}
    {{ m.role }}: {{ m.content }} {% if loop.last %}
  (last) {% endif %} {# a space stays #}
{% endfor %} {% if true %} end{% endif %}
""",
    "dated headers": r"""{{- bos_token }}{% if not date_string is defined %}{% set date_string = "26 Jul 2024" %}{% endif %}
{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content']|trim %}{%- set messages = messages[1:] %}
{%- else %}{%- set system_message = "" %}{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{%- if tools is defined and tools is not none %}{{- "Environment: ipython\n" }}{%- endif %}
{{- "Today Date: " + date_string + "\n\n" }}{{- system_message }}{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}""",
    "ends": r"""{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}{{'<|system|>\n' + message['content'] + '<|end|>\n'}}"""
            r"""{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}"""
            r"""{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}{% endfor %}"""
            r"""{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}""",
    "thinking": r"""{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.role == "assistant" and loop.index0 <= ns.last_query_index %}
        {{- '<|im_start|>assistant\n' + message.content.split('</think>')[-1].lstrip('\n') + '<|im_end|>\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\n' + message.content.strip() + '<|im_end|>' + '\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}{%- endif %}""",
    "chatml": r"""{% for message in messages %}
{% if loop.first and message['role'] != 'system' %}
{{- '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}
{% endif %}
{{- '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}
{% endfor %}
{% if add_generation_prompt %}
{{- '<|im_start|>assistant\n' }}
{% endif %}
""",
    "headers": r"""{{- bos_token }}
{%- for message in messages %}
    {%- set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' %}
    {{- content }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
""",
    "instructions": r"""{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set rest = messages[1:] %}"""
                    r"""{% else %}{% set system = '' %}{% set rest = messages %}{% endif %}{{ bos_token }}{% for message in rest %}"""
                    r"""{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"""
                    r"""{% if message['role'] == 'user' %}{{ '[INST] ' }}{% if loop.first and system %}{{ system + '\n\n' }}{% endif %}"""
                    r"""{{ message['content'] + ' [/INST]' }}{% else %}{{ ' ' + message['content'] + eos_token }}{% endif %}{% endfor %}""",
    "turns": r"""{{ bos_token }}{% for message in messages %}{% if message['role'] == 'assistant' %}{% set role = 'model' %}{% else %}"""
             r"""{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + """
             r"""'<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}""",
    "namespaces": r"""{%- set ns = namespace(seen=false, count=0) -%}
{%- for message in messages -%}
    {%- set ns.seen = true -%}{%- set ns.count = ns.count + 1 -%}
    {{- ns.count ~ ':' ~ message.content | upper }}
    {%- if not loop.last %}{{ '|' }}{% endif -%}
{%- endfor -%}
{{- '?' if ns.seen else '-' }}{% if tools is defined and tools %}tools{% endif %}
""",
}
CONVERSATIONS = [
    [("user", "三かける四は？")],
    [("system", "Answer briefly."), ("user", " What is 3*4? "), ("assistant", "12"), ("user", "And <b>5*5</b> & 6 \"{{ x }}\"?")],
    [("user", "line one\nline two\n"), ("assistant", "はい 😀"), ("user", "次は")],
]


def main():
    rows = []
    for name, template in TEMPLATES.items():
        for conversation in CONVERSATIONS:
            messages = [dict(role=r, content=c) for r, c in conversation]
            prompt = render_jinja_template([messages], chat_template=template, add_generation_prompt=True, **TOKENS)[0][0]
            rows.append(dict(name=name, template=template, messages=messages, prompt=prompt))
    with open(sys.argv[1], "w") as out:
        json.dump(dict(transformers=transformers.__version__, tokens=TOKENS, rows=rows), out, indent=1)
        out.write("\n")


main()
