"""Which countries and waters a text speaks of, whatever it calls them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.stories.stems import stem
from monitor.text.folding import cased, fold
from monitor.text.tokens import EAST_ASIAN, words

# A line is a place: what it is called here, then how it is written: its names, the adjectives, a
# capital that stands for its government, cities of the news. Names that are as often a person's
# (Chad) or a word's stand for themselves only as adjectives. Waters are places of their own: the
# Sea of Japan is not Japan.
_LATIN = """
Afghanistan: Afghanistan, Afghan, Kabul, Taliban
Albania: Albania, Albanian, Tirana
Algeria: Algeria, Algerian, Algiers
Andorra: Andorra, Andorran
Angola: Angola, Angolan, Luanda
Argentina: Argentina, Argentine, Argentinian, Buenos Aires
Armenia: Armenia, Armenian, Yerevan
Australia: Australia, Australian, Canberra, Sydney, Melbourne
Austria: Austria, Austrian, Vienna
Azerbaijan: Azerbaijan, Azerbaijani, Azeri, Baku
the Bahamas: Bahamas, Bahamian
Bahrain: Bahrain, Bahraini, Manama
Bangladesh: Bangladesh, Bangladeshi, Dhaka
Barbados: Barbados, Barbadian
Belarus: Belarus, Belarusian, Belarussian, Belorussian, Minsk
Belgium: Belgium, Belgian, Antwerp
Belize: Belize, Belizean
Benin: Benin, Beninese
Bhutan: Bhutan, Bhutanese, Thimphu
Bolivia: Bolivia, Bolivian, La Paz
Bosnia: Bosnia, Bosnian, Herzegovina, Sarajevo
Botswana: Botswana, Gaborone
Brazil: Brazil, Brazilian, Brasilia, Sao Paulo, Rio de Janeiro
Brunei: Brunei, Bruneian
Bulgaria: Bulgaria, Bulgarian
Burkina Faso: Burkina Faso, Burkinabe, Ouagadougou
Burundi: Burundi, Burundian
Cambodia: Cambodia, Cambodian, Phnom Penh
Cameroon: Cameroon, Cameroonian, Yaounde
Canada: Canada, Canadian, Ottawa, Toronto
Cape Verde: Cape Verde, Cabo Verde
the Central African Republic: Central African Republic, Bangui
Chad: Chadian, N'Djamena
Chile: Chile, Chilean
China: China, Chinese, PRC, Beijing, Peking, Shanghai, Shenzhen, Guangzhou
Colombia: Colombia, Colombian, Bogota
Comoros: Comoros, Comorian
Congo: Congo, Congolese, DRC, Kinshasa, Brazzaville
Costa Rica: Costa Rica, Costa Rican
Croatia: Croatia, Croatian, Zagreb
Cuba: Cuba, Cuban, Havana
Cyprus: Cyprus, Cypriot, Nicosia, Limassol
Czechia: Czechia, Czech, Prague
Denmark: Denmark, Danish, Danes, Copenhagen
Djibouti: Djibouti, Djiboutian
the Dominican Republic: Dominican Republic, Dominican, Santo Domingo
East Timor: East Timor, Timor Leste, Timorese
Ecuador: Ecuador, Ecuadorian, Ecuadorean, Quito
Egypt: Egypt, Egyptian, Cairo
El Salvador: El Salvador, Salvadoran
Equatorial Guinea: Equatorial Guinea, Malabo
Eritrea: Eritrea, Eritrean, Asmara
Estonia: Estonia, Estonian, Tallinn
Eswatini: Eswatini, Swaziland
Ethiopia: Ethiopia, Ethiopian, Addis Ababa
Fiji: Fiji, Fijian, Suva
Finland: Finland, Finnish, Finns, Helsinki
France: France, French, Paris, Marseille
Gabon: Gabon, Gabonese, Libreville
Gambia: Gambia, Gambian
Georgia: Georgia, Georgian, Tbilisi
Germany: Germany, German, Berlin, Hamburg, Munich, Frankfurt
Ghana: Ghana, Ghanaian, Accra
Greece: Greece, Greek, Athens, Piraeus
Greenland: Greenland, Nuuk
Grenada: Grenada, Grenadian
Guatemala: Guatemala, Guatemalan
Guinea: Guinea, Guinean, Conakry
Guinea-Bissau: Guinea Bissau
Guyana: Guyana, Guyanese
Haiti: Haiti, Haitian, Port-au-Prince
Honduras: Honduras, Honduran, Tegucigalpa
Hong Kong: Hong Kong, Hongkong, Hong Konger
Hungary: Hungary, Hungarian, Budapest
Iceland: Iceland, Icelandic, Reykjavik
India: India, Indian, New Delhi, Delhi, Mumbai
Indonesia: Indonesia, Indonesian, Jakarta
Iran: Iran, Iranian, Tehran, Teheran, Islamic Republic, IRGC
Iraq: Iraq, Iraqi, Baghdad, Basra
Ireland: Ireland, Irish, Dublin
Israel: Israel, Israeli, Jerusalem, Tel Aviv
Italy: Italy, Italian, Rome, Milan
the Ivory Coast: Ivory Coast, Ivorian, Abidjan, Cote d'Ivoire
Jamaica: Jamaica, Jamaican
Japan: Japan, Japanese, Tokyo
Jordan: Jordan, Jordanian, Amman
Kazakhstan: Kazakhstan, Kazakh, Astana, Almaty
Kenya: Kenya, Kenyan, Nairobi
Kosovo: Kosovo, Kosovar, Pristina
Kuwait: Kuwait, Kuwaiti
Kyrgyzstan: Kyrgyzstan, Kyrgyz, Bishkek
Laos: Laos, Laotian, Vientiane
Latvia: Latvia, Latvian, Riga
Lebanon: Lebanon, Lebanese, Beirut
Lesotho: Lesotho, Maseru
Liberia: Liberia, Liberian, Monrovia
Libya: Libya, Libyan, Tripoli, Benghazi
Liechtenstein: Liechtenstein, Vaduz
Lithuania: Lithuania, Lithuanian, Vilnius
Luxembourg: Luxembourg
Macau: Macau, Macao
Madagascar: Madagascar, Malagasy, Antananarivo
Malawi: Malawi, Malawian, Lilongwe
Malaysia: Malaysia, Malaysian, Kuala Lumpur
the Maldives: Maldives, Maldivian
Mali: Mali, Malian, Bamako
Malta: Malta, Maltese, Valletta
the Marshall Islands: Marshall Islands, Marshallese
Mauritania: Mauritania, Mauritanian, Nouakchott
Mauritius: Mauritius, Mauritian
Mexico: Mexico, Mexican
Micronesia: Micronesia, Micronesian
Moldova: Moldova, Moldovan, Chisinau
Monaco: Monaco, Monegasque
Mongolia: Mongolia, Mongolian, Ulaanbaatar, Ulan Bator
Montenegro: Montenegro, Montenegrin, Podgorica
Morocco: Morocco, Moroccan, Rabat
Mozambique: Mozambique, Mozambican, Maputo
Myanmar: Myanmar, Burma, Burmese, Naypyidaw, Yangon
Namibia: Namibia, Namibian, Windhoek
Nauru: Nauru, Nauruan
Nepal: Nepal, Nepali, Nepalese, Kathmandu
the Netherlands: Netherlands, Holland, Dutch, The Hague, Amsterdam, Rotterdam, Eindhoven
New Zealand: New Zealand, New Zealander, Auckland
Nicaragua: Nicaragua, Nicaraguan, Managua
Niger: Niger, Nigerien, Niamey
Nigeria: Nigeria, Nigerian, Abuja, Lagos
North Korea: North Korea, North Korean, N. Korea, N. Korean, NKorea, NKorean, DPRK, NK, Pyongyang
North Macedonia: North Macedonia, Macedonia, Macedonian, Skopje
Norway: Norway, Norwegian, Oslo
Oman: Oman, Omani, Muscat
Pakistan: Pakistan, Pakistani, Islamabad, Karachi
Palau: Palau, Palauan
Palestine: Palestine, Palestinian, Gaza, Gazan, West Bank, Ramallah, Hamas
Panama: Panama, Panamanian
Papua New Guinea: Papua New Guinea, Port Moresby
Paraguay: Paraguay, Paraguayan, Asuncion
Peru: Peru, Peruvian, Lima
the Philippines: Philippines, Philippine, Filipino, Manila
Poland: Poland, Polish, Poles, Warsaw
Portugal: Portugal, Portuguese, Lisbon
Qatar: Qatar, Qatari, Doha
Romania: Romania, Romanian, Bucharest
Russia: Russia, Russian, Moscow, Kremlin, St. Petersburg, Saint Petersburg, Vladivostok
Rwanda: Rwanda, Rwandan, Kigali
Samoa: Samoa, Samoan
Saudi Arabia: Saudi Arabia, Saudi Arabian, Saudi, Riyadh, Jeddah
Senegal: Senegal, Senegalese, Dakar
Serbia: Serbia, Serbian, Serb, Belgrade
the Seychelles: Seychelles, Seychellois
Sierra Leone: Sierra Leone, Sierra Leonean, Freetown
Singapore: Singapore, Singaporean
Slovakia: Slovakia, Slovak, Bratislava
Slovenia: Slovenia, Slovenian, Slovene, Ljubljana
the Solomon Islands: Solomon Islands, Honiara
Somalia: Somalia, Somali, Mogadishu
South Africa: South Africa, South African, Pretoria, Johannesburg
South Korea: South Korea, South Korean, S. Korea, S. Korean, SKorea, ROK, Seoul, Busan
South Sudan: South Sudan, South Sudanese, Juba
Spain: Spain, Spanish, Spaniard, Madrid, Barcelona
Sri Lanka: Sri Lanka, Sri Lankan, Colombo
Sudan: Sudan, Sudanese, Khartoum
Suriname: Suriname, Surinamese
Sweden: Sweden, Swedish, Swede, Stockholm
Switzerland: Switzerland, Swiss, Bern, Geneva, Zurich
Syria: Syria, Syrian, Damascus
Taiwan: Taiwan, Taiwanese, Taipei
Tajikistan: Tajikistan, Tajik, Dushanbe
Tanzania: Tanzania, Tanzanian, Dodoma
Thailand: Thailand, Thai, Bangkok
Togo: Togo, Togolese, Lome
Tonga: Tonga, Tongan
Trinidad: Trinidad, Trinidadian, Tobago
Tunisia: Tunisia, Tunisian, Tunis
Turkey: Turkey, Turkiye, Turkish, Turk, Ankara, Istanbul
Turkmenistan: Turkmenistan, Turkmen, Ashgabat
Tuvalu: Tuvalu, Tuvaluan
Uganda: Uganda, Ugandan, Kampala
Ukraine: Ukraine, Ukrainian, Kyiv, Kiev, Odesa, Odessa, Kharkiv
the Emirates: United Arab Emirates, Emirates, Emirati, UAE, Dubai, Abu Dhabi, Fujairah
Britain: United Kingdom, UK, U.K., Britain, Great Britain, British, Briton, England, London
the United States: United States, US, U.S., USA, America, American, Washington, Pentagon
the United States: New York, California, Texas, Florida, Chicago, Alaska, Hawaii
Uruguay: Uruguay, Uruguayan, Montevideo
Uzbekistan: Uzbekistan, Uzbek, Tashkent
Vanuatu: Vanuatu, Port Vila
the Vatican: Vatican, Holy See
Venezuela: Venezuela, Venezuelan, Caracas
Vietnam: Vietnam, Vietnamese, Hanoi
Yemen: Yemen, Yemeni, Sanaa, Sana'a, Houthi
Zambia: Zambia, Zambian, Lusaka
Zimbabwe: Zimbabwe, Zimbabwean, Harare
the European Union: EU, European Union, Brussels
the Sea of Japan: Sea of Japan, East Sea
the Yellow Sea: Yellow Sea, West Sea
the Black Sea: Black Sea
the Baltic Sea: Baltic Sea, Baltic
the Red Sea: Red Sea
the South China Sea: South China Sea
the East China Sea: East China Sea
the Strait of Hormuz: Strait of Hormuz, Straits of Hormuz, Hormuz
the Taiwan Strait: Taiwan Strait
"""
_CYRILLIC = """
North Korea: Северная Корея, Северной Кореи, северокорейский, КНДР, Пхеньян
North Korea: Північна Корея, північнокорейський
South Korea: Южная Корея, Южной Кореи, южнокорейский, Сеул, Південна Корея, південнокорейський
Russia: Россия, российский, русский, РФ, Москва, Кремль, Владивосток, Росія, російський
Ukraine: Украина, украинский, Киев, Україна, український, Київ
Belarus: Белоруссия, Беларусь, белорусский, Минск, Білорусь, білоруський
the United States: США, Америка, американский, Вашингтон, Пентагон, американський
China: Китай, китайский, КНР, Пекин, китайський, Пекін
Japan: Япония, японский, Токио, Японія, японський
Iran: Иран, иранский, Тегеран, Іран, іранський
Syria: Сирия, сирийский, Дамаск, Сирія, сирійський
Israel: Израиль, израильский, Ізраїль, ізраїльський
Turkey: Турция, турецкий, Анкара, Стамбул, Туреччина, турецький
India: Индия, индийский, Дели, Індія, індійський
Germany: Германия, немецкий, Берлин, Німеччина, німецький
France: Франция, французский, Париж, Франція, французький
Britain: Великобритания, Британия, британский, Лондон, Британія, британський
the Netherlands: Нидерланды, Голландия, нидерландский, голландский, Гаага, Нідерланди
Poland: Польша, польский, Варшава, Польща, польський
Kazakhstan: Казахстан, казахстанский, Астана
Venezuela: Венесуэла, венесуэльский, Каракас, Венесуела
the Emirates: ОАЭ, Эмираты, Дубай, ОАЕ
the European Union: ЕС, Евросоюз, Брюссель, ЄС, Євросоюз
the Sea of Japan: Японское море
the Yellow Sea: Жёлтое море
the Black Sea: Чёрное море, Чорне море
the Baltic Sea: Балтийское море
the Strait of Hormuz: Ормузский пролив
"""
# Scripts in which words are written together. Korean names begin a word, Arabic ones too but for
# what is written onto them: 활동해 is no sea and فيروسي not Russian. Chinese names stand anywhere.
_UNSPACED = """
North Korea: 북한, 평양, 朝鲜, 朝鮮, 北韩, 北韓, 平壤, 北朝鮮, 平壌
North Korea: كوريا الشمالية, بيونغ يانغ, بيونغيانغ
South Korea: 한국, 서울, 韩国, 韓國, 韓国, 首尔, 首爾, كوريا الجنوبية, سيول
Russia: 러시아, 모스크바, 블라디보스토크, 俄罗斯, 俄羅斯, 莫斯科, ロシア, モスクワ
Russia: روسيا, روسي, موسكو
Belarus: 벨라루스, 白俄罗斯, 白俄羅斯, ベラルーシ, بيلاروسيا, بيلاروسي
Ukraine: 우크라이나, 乌克兰, 烏克蘭, ウクライナ, أوكراني, اوكراني
the United States: 미국, 워싱턴, 美国, 美國, 华盛顿, 華盛頓, 米国, アメリカ
the United States: واشنطن, أمريكي, أميركي, امريكي
China: 중국, 베이징, 中国, 中國, 北京, الصين, صيني, بكين
Japan: 일본, 도쿄, 日本, 东京, 東京, اليابان
Iran: 이란, 테헤란, 伊朗, 德黑兰, 德黑蘭, イラン, إيران, ايران, طهران
Syria: 시리아, 叙利亚, 敘利亞, シリア, سوريا, سورية, دمشق
Israel: 이스라엘, 以色列, イスラエル, إسرائيل, اسرائيل
Germany: 독일, 德国, 德國, ドイツ, ألماني, المانيا
the Netherlands: 네덜란드, 荷兰, 荷蘭, オランダ, هولندا, هولندي
Venezuela: 베네수엘라, 委内瑞拉, 委內瑞拉, ベネズエラ, فنزويلا
the European Union: 유럽연합, 欧盟, 歐盟, 欧州連合, الاتحاد الأوروبي
the Sea of Japan: 동해, 日本海
the Yellow Sea: 서해, 黄海, 黃海
the Strait of Hormuz: 호르무즈, 霍尔木兹, 霍爾木茲, ホルムズ, مضيق هرمز
"""


def _table(lines: str) -> Iterator[tuple[str, str]]:
    """How each place is written, and what it is called here."""
    for line in lines.strip().splitlines():
        place, _, written = line.partition(": ")
        for name in written.split(", "):
            yield name, place


def _key(word: str) -> str:
    # US is a country, us is not.
    plain = cased(word)
    return plain if plain.isupper() and len(plain) < _CAPITALS else stem(fold(word), "")


_CAPITALS = 4
"""Names of fewer letters that are written in capitals alone are told from words by that."""

_PLACES = {
    tuple(map(_key, words(name))): place for name, place in _table(_LATIN + _CYRILLIC.lstrip())
}
_LONGEST = max(map(len, _PLACES))
_STARTS = frozenset(name[0] for name in _PLACES)
_ANYWHERE = dict(_table(_UNSPACED))
_HANGUL, _ARABIC = "[\uac00-\ud7a3]", "[\u0600-\u06ff]"
_OTHER = "[^\u0600-\u06ff\uac00-\ud7a3]"
_PREFIXES = "[وف]?(?:[بك]?ال|لل|[بلك])?"


def _names(first: str) -> str:
    """The names that begin with such a letter, the longest first: 白俄罗斯 holds 俄罗斯."""
    names = filter(re.compile(first).match, _ANYWHERE)
    return f"({'|'.join(sorted(names, key=len, reverse=True))})"


_ANYWHERE_PATTERN = re.compile(
    f"(?<!{_HANGUL}){_names(_HANGUL)}|(?<!{_ARABIC}){_PREFIXES}{_names(_ARABIC)}|{_names(_OTHER)}"
)
_UNSPACED_SCRIPT = re.compile(f"[{EAST_ASIAN}\u0600-\u06ff]")
_CYRILLIC_WORD = re.compile("[\u0400-\u052f]")


def places_in(text: str) -> frozenset[str]:
    """The places that a text names, as they are called in English: `Japan`, `the Netherlands`."""
    found = frozenset(_spaced(words(text)))
    if _UNSPACED_SCRIPT.search(text):
        found |= {_ANYWHERE[each[each.lastindex or 0]] for each in _ANYWHERE_PATTERN.finditer(text)}
    return found


def is_place_word(folded: str) -> bool:
    """Whether a stem is, or begins, the name of a place."""
    return folded in _STARTS


def _spaced(written: list[str]) -> Iterator[str]:
    at = 0
    while at < len(written):
        name = _name_at(written, at)
        if name:
            yield _PLACES[name]
        at += len(name) or 1


def _name_at(written: list[str], at: int) -> tuple[str, ...]:
    """The longest name of a place that begins with a word, as its keys; empty where none does."""
    # Polish is not polish; Russian adjectives have no capital.
    if not written[at][0].isupper() and not _CYRILLIC_WORD.match(written[at]):
        return ()
    if _key(written[at]) not in _STARTS:
        return ()
    keys = tuple(map(_key, written[at : at + _LONGEST]))
    return next((keys[:end] for end in range(len(keys), 0, -1) if keys[:end] in _PLACES), ())
